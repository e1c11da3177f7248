"""Small recipes that samples are explained of."""

PAIRS = """
name: pairs
data: table:TABLE
given: {kind: {modality: core/label, encoder: {use: core/label-embedding, dim: 2}}}
prior: null
make:
  pair:
    modality: {use: core/vector, low: [-4, -4], high: [4, 4]}
    generator: {use: core/dense, noise_dim: 4, hidden: [8]}
    discriminator: {use: core/dense, hidden: [4]}
    loss: objectives/non-saturating
train: {samples: 32, batch_size: 16}
"""
PICTURES = """
name: pictures
data: core/digits
given: {label: {modality: core/label, encoder: {use: core/label-embedding, dim: 4}}}
prior: null
make:
  image:
    modality: {channels: 1, height: 8, width: 8}
    generator: {use: core/dense, noise_dim: 4, hidden: [8]}
    discriminator: {use: core/dense, hidden: [8]}
    loss: objectives/non-saturating
train: {samples: 32, batch_size: 16}
"""
