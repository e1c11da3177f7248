"""The plugin of the core: the components that it supplies itself."""

from __future__ import annotations

from functools import partial

from mmgan_core import Spec, Starter, hookimpl

_HOME = "mmgan_core.components"
# The metadata of the distribution also name the licences of the models of the zoo.
_spec = partial(Spec, licence="Apache-2.0")


@hookimpl
def mmgan_modalities() -> list[Spec]:
    """Labels and numbers."""
    return [
        _spec(
            "core/label",
            f"{_HOME}.label:Label",
            "One or several names from a fixed list",
            modalities=("label",),
            default=True,
            starter=Starter(encoder="core/label-embedding", columns=("label", "class")),
            hub_tasks=("{given}-classification",),
        ),
        _spec(
            "core/vector",
            f"{_HOME}.vector:Vector",
            "One or several numbers, each with a range",
            modalities=("vector",),
            default=True,
            starter=Starter(encoder="core/dense", features="core/flat"),
        ),
        _spec(
            "core/latent",
            f"{_HOME}.latent:Latent",
            "The latent space of a trained autoencoder, which is frozen",
            modalities=("vector",),
            paper="https://arxiv.org/abs/2112.10752",
        ),
    ]


@hookimpl
def mmgan_encoders() -> list[Spec]:
    """Encoders of labels and numbers."""
    return [
        _spec(
            "core/label-embedding",
            f"{_HOME}.label_embedding:LabelEmbedding",
            "A learned vector for each label",
            modalities=("label",),
        ),
        _spec(
            "core/dense",
            f"{_HOME}.dense_encoder:DenseEncoder",
            "Numbers and sine waves of them, through dense layers",
            modalities=("vector",),
            paper="https://arxiv.org/abs/2006.10739",
        ),
        _spec(
            "core/model-encoder",
            f"{_HOME}.model_encoder:ModelEncoder",
            "The encoder and fusion of a trained model, which is frozen, and a small head",
        ),
        _spec(
            "core/flat",
            f"{_HOME}.flat_encoder:FlatEncoder",
            "Samples as they are, in one vector, without weights",
        ),
    ]


@hookimpl
def mmgan_generators() -> list[Spec]:
    """Generators of any kind of data."""
    return [
        _spec(
            "core/dense",
            f"{_HOME}.dense_generator:DenseGenerator",
            "Dense layers; makes samples of any shape",
            exportable=True,
            paper="https://arxiv.org/abs/1406.2661",
        ),
        _spec(
            "core/gaussian",
            f"{_HOME}.gaussian_generator:GaussianGenerator",
            "A Gaussian whose mean and deviations follow from the condition; knows its likelihood",
            exportable=True,
            knows_likelihood=True,
            paper="https://doi.org/10.1109/ICNN.1994.374138",
        ),
    ]


@hookimpl
def mmgan_discriminators() -> list[Spec]:
    """Discriminators of any kind of data."""
    return [
        _spec(
            "core/dense",
            f"{_HOME}.dense_discriminator:DenseDiscriminator",
            "Dense layers; discriminates samples of any shape",
            exportable=True,
            paper="https://arxiv.org/abs/1411.1784",
        ),
    ]


@hookimpl
def mmgan_joint_discriminators() -> list[Spec]:
    """Discriminators of several made entries of any kind."""
    return [
        _spec(
            "core/joint",
            f"{_HOME}.joint_discriminator:DenseJoint",
            "Dense layers; discriminates samples of any number of made entries together",
            paper="https://arxiv.org/abs/1606.07536",
        ),
    ]


@hookimpl
def mmgan_fusions() -> list[Spec]:
    """Fusions of any subset of the encodings."""
    return [
        _spec(
            "core/product-of-experts",
            f"{_HOME}.product_of_experts:ProductOfExperts",
            "Each given entry is a Gaussian expert; the product of experts is the condition",
            paper="https://arxiv.org/abs/2112.05130",
        ),
        _spec(
            "core/concatenation",
            f"{_HOME}.concatenation:Concatenation",
            "Encodings side by side, with bits that say which entries are present",
        ),
    ]


@hookimpl
def mmgan_data_sources() -> list[Spec]:
    """Where rows come from."""
    return [
        _spec(
            "core/digits",
            f"{_HOME}.sources.digits:Digits",
            "Embedded: real handwriting and synthetic speech of ten digits",
        ),
        _spec(
            "core/parquet",
            f"{_HOME}.sources.parquet:Parquet",
            "Parquet files, also those of the `datasets` library",
        ),
        _spec(
            "core/folder",
            f"{_HOME}.sources.folder:Folder",
            "A folder with a folder for each class, or with metadata.csv or metadata.jsonl",
        ),
        _spec(
            "core/table",
            f"{_HOME}.sources.table:TableFile",
            "A CSV, TSV, JSON or JSONL file whose rows name no files, or texts, one a line",
        ),
        _spec("core/hf", f"{_HOME}.sources.hf:HuggingFace", "A data set from the Hugging Face Hub"),
        _spec(
            "core/memory",
            f"{_HOME}.sources.memory:Memory",
            "Data in memory, as `train(..., data=...)` takes them in Python",
        ),
        _spec(
            "core/paired", f"{_HOME}.sources.paired:Paired", "Several sources, joined on a label"
        ),
        _spec(
            "core/mixed",
            f"{_HOME}.sources.mixed:Mixed",
            "Several sources with the same columns, mixed in a proportion",
        ),
    ]


@hookimpl
def mmgan_metrics() -> list[Spec]:
    """Metrics of any kind of data."""
    return [
        _spec(
            "core/condition-accuracy",
            f"{_HOME}.condition_accuracy:ConditionAccuracy",
            "Share of samples in which the evaluator predicts the class that was asked for",
        ),
        _spec(
            "core/frechet",
            f"{_HOME}.frechet:Frechet",
            "Fréchet distance of Gaussian fits in the features of the evaluator or an encoder",
            paper="https://arxiv.org/abs/1706.08500",
        ),
        _spec(
            "core/kernel-distance",
            f"{_HOME}.kernel_distance:KernelDistance",
            "Squared discrepancy of features without bias, of the evaluator or an encoder",
            paper="https://arxiv.org/abs/1801.01401",
        ),
        _spec(
            "core/coverage",
            f"{_HOME}.coverage:Coverage",
            "Precision, recall, density and coverage in the evaluator's features",
            paper="https://arxiv.org/abs/2002.09797",
        ),
        _spec(
            "core/memorisation",
            f"{_HOME}.memorisation:Memorisation",
            "Whether samples are copies of training samples, in the evaluator's features",
            paper="https://arxiv.org/abs/2102.08921",
        ),
        _spec(
            "core/l1",
            f"{_HOME}.l1:L1",
            "Mean absolute difference of made samples from the real ones of their rows",
        ),
        _spec(
            "core/psnr",
            f"{_HOME}.psnr:PSNR",
            "Peak signal-to-noise ratio of made samples to the real ones of their rows",
        ),
        _spec(
            "core/encoder-distance",
            f"{_HOME}.encoder_distance:EncoderDistance",
            "Distance of made samples from the real ones of their rows, in an encoder's features",
            paper="https://arxiv.org/abs/1801.03924",
        ),
        _spec(
            "core/retrieval",
            f"{_HOME}.retrieval:Retrieval",
            "Share of samples that find their own given value among 100 (R-precision)",
            paper="https://arxiv.org/abs/1711.10485",
        ),
        _spec(
            "core/match-score",
            f"{_HOME}.match_score:MatchScore",
            "How near samples lie to their given values in the matcher's space (as CLIPScore)",
            paper="https://arxiv.org/abs/2104.08718",
        ),
        _spec(
            "core/independent-reader",
            f"{_HOME}.independent_reader:IndependentReader",
            "What a nearest neighbour and a kernel machine, no networks, read from samples",
            paper="https://doi.org/10.1023/A:1018628609742",
        ),
        _spec(
            "core/variety",
            f"{_HOME}.variety:Variety",
            "How much samples of one condition differ, as a fraction of how much real ones do",
        ),
        _spec(
            "core/inception-score",
            f"{_HOME}.inception_score:InceptionScore",
            "Whether the evaluator is sure of each sample and sees all classes",
            paper="https://arxiv.org/abs/1606.03498",
        ),
    ]


@hookimpl
def mmgan_explainers() -> list[Spec]:
    """Explainers of any kind of data."""
    home = "mmgan_core.explaining"
    return [
        _spec(
            "core/shares",
            f"{home}.shares:Shares",
            "Exact shares of given entries in the condition, where the fusion knows them",
        ),
        _spec(
            "core/entries",
            f"{home}.entries:Entries",
            "How far samples change without each given entry, tested by deletion",
            paper="https://arxiv.org/abs/1806.07421",
        ),
        _spec(
            "core/parts",
            f"{home}.parts:Parts",
            "How far samples change without each part of a given value, tested by deletion",
            paper="https://arxiv.org/abs/1806.07421",
        ),
        _spec(
            "core/integrated-gradients",
            f"{home}.integrated_gradients:IntegratedGradients",
            "Which part of a given value samples follow, by gradients along the way to it",
            paper="https://arxiv.org/abs/1703.01365",
        ),
        _spec(
            "core/occlusion",
            f"{home}.occlusion:Occlusion",
            "Which part of a given value samples follow, by hiding it from the encoder",
            paper="https://arxiv.org/abs/1311.2901",
        ),
        _spec(
            "core/doubt",
            f"{home}.doubt:Doubt",
            "Which blocks of a sample the discriminator doubts, tested by exchanging them",
        ),
        _spec(
            "core/units",
            f"{home}.units:Units",
            "Which channels of the generator make what, tested by switching them off",
            paper="https://arxiv.org/abs/1811.10597",
        ),
        _spec(
            "core/counterfactuals",
            f"{home}.counterfactuals:Counterfactuals",
            "The nearest sample that each other label of a given entry makes",
            paper="https://arxiv.org/abs/1904.07451",
        ),
        _spec(
            "core/nearest-training",
            f"{home}.nearest_training:NearestTraining",
            "The training samples nearest to a sample, and whether it is a copy",
            paper="https://arxiv.org/abs/2102.08921",
        ),
    ]


@hookimpl
def mmgan_optimizers() -> list[Spec]:
    """Optimisers of networks of any kind."""
    home = f"{_HOME}.optimizers"
    return [
        _spec(
            "core/adam",
            f"{home}.adam:Adam",
            "Adam, with the decay rates of GANs",
            paper="https://arxiv.org/abs/1412.6980",
        ),
        _spec(
            "core/adamw",
            f"{home}.adamw:AdamW",
            "Adam with weight decay apart from the gradient",
            paper="https://arxiv.org/abs/1711.05101",
        ),
        _spec("core/sgd", f"{home}.sgd:SGD", "Gradient descent, with momentum if wanted"),
        _spec(
            "core/torch",
            f"{home}.by_name:TorchOptimizer",
            "Any optimiser of torch by its name, such as RAdam",
        ),
    ]
