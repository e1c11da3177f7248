"""The contracts of all kinds of components, one file each."""

from mmgan_core.contracts.alignment import Alignment
from mmgan_core.contracts.augmentation import Augmentation, Change, kept_places
from mmgan_core.contracts.auxiliary_loss import AuxiliaryLoss, GeneratorStep, OtherEntry
from mmgan_core.contracts.beside import Beside
from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import (
    Condition,
    ConditionPart,
    ConditionSpace,
    Encoding,
    EncodingSpace,
)
from mmgan_core.contracts.critique import Critique
from mmgan_core.contracts.data_source import Column, DataSource, Table
from mmgan_core.contracts.discriminator import Discriminator
from mmgan_core.contracts.encoder import Encoder
from mmgan_core.contracts.evaluated import Evaluated, Matched
from mmgan_core.contracts.explainer import (
    DeletionTest,
    Explained,
    Explainer,
    Explanation,
    Inner,
    Inputs,
)
from mmgan_core.contracts.frozen_model import FrozenModel
from mmgan_core.contracts.fusion import Fusion
from mmgan_core.contracts.generator import Generator
from mmgan_core.contracts.joint_discriminator import JointDiscriminator
from mmgan_core.contracts.loss import Loss
from mmgan_core.contracts.masked import Masked
from mmgan_core.contracts.metric import Measurement, Metric
from mmgan_core.contracts.modality import Modality
from mmgan_core.contracts.optimizer import Optimizer
from mmgan_core.contracts.penalty import Critic, Penalty
from mmgan_core.contracts.places import coarser, cut, mean_where, row_means
from mmgan_core.contracts.portable import Fed, NotPortable, Reading, Showing
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.contracts.settings import Settings

__all__ = [
    "Alignment",
    "Augmentation",
    "AuxiliaryLoss",
    "Beside",
    "Change",
    "Column",
    "Component",
    "Condition",
    "ConditionPart",
    "ConditionSpace",
    "Critic",
    "Critique",
    "DataSource",
    "DeletionTest",
    "Discriminator",
    "Encoder",
    "Encoding",
    "EncodingSpace",
    "Evaluated",
    "Explained",
    "Explainer",
    "Explanation",
    "Fed",
    "FrozenModel",
    "Fusion",
    "Generator",
    "GeneratorStep",
    "Inner",
    "Inputs",
    "JointDiscriminator",
    "Loss",
    "Masked",
    "Matched",
    "Measurement",
    "Metric",
    "Modality",
    "NotPortable",
    "Optimizer",
    "OtherEntry",
    "Penalty",
    "Reading",
    "SampleSpace",
    "Settings",
    "Showing",
    "Table",
    "coarser",
    "cut",
    "kept_places",
    "mean_where",
    "row_means",
]
