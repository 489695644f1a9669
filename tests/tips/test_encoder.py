from typing import TYPE_CHECKING, Any, get_args

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from autotune.sections import RECURRENT, Activation, Encoder, EncoderName
from autotune.tips.encoder import SequenceEncoder, build_encoder

if TYPE_CHECKING:
    from tests.tips.conftest import Vectors

NAMES = get_args(EncoderName)
SHAPES: dict[str, dict[str, Any]] = {
    "one layer": {},
    "two layers": {"layers": 2},
    "one direction": {"layers": 2, "bidirectional": False},
    "even kernels": {"kernel_sizes": (2, 4, 9), "layers": 2},
}


CASES = [pytest.param(Encoder(name=name, width=5, **settings), id=f"{name}, {what}") for name in NAMES for what, settings in SHAPES.items()]


def build(config: Encoder, dropout: float = 0.0, activation: str = "tanh") -> SequenceEncoder:
    torch.manual_seed(0)
    return build_encoder(config, Activation(name=activation), dropout, 6)


@pytest.mark.parametrize("config", CASES)
def test_shape_and_gradients(config: Encoder, vectors: "Vectors") -> None:
    encoder = build(config)
    x = vectors.x.clone().requires_grad_()
    features = encoder(x, vectors.lengths, vectors.mask)
    assert features.shape == (4, 7, encoder.output_width)
    (features * vectors.mask.unsqueeze(2)).square().sum().backward()
    assert x.grad is not None
    assert x.grad[vectors.mask].any(dim=1).all()
    assert not x.grad[~vectors.mask].any()
    for name, weight in encoder.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.any(), name


@pytest.mark.parametrize("config", CASES)
def test_padding_never_changes_a_result(config: Encoder, vectors: "Vectors") -> None:
    encoder = build(config)
    x, lengths, mask = vectors
    features = encoder(x, lengths, mask)
    longer = torch.cat([x, torch.full((4, 9, 6), -1000.0)], dim=1)
    padded = encoder(longer, lengths, torch.arange(16) < lengths.unsqueeze(1))
    torch.testing.assert_close(padded[:, :7][mask], features[mask], rtol=0, atol=1e-5)
    for row, length in enumerate(lengths.tolist()):
        alone = encoder(x[row : row + 1, :length], lengths[row : row + 1], mask[row : row + 1, :length])
        torch.testing.assert_close(alone[0], features[row, :length], rtol=0, atol=1e-5)


@pytest.mark.parametrize("config", CASES)
def test_same_seed_same_features_also_after_saving(config: Encoder, vectors: "Vectors") -> None:
    features = build(config)(*vectors)
    assert torch.equal(build(config)(*vectors), features)
    torch.manual_seed(9)
    other = build_encoder(config, Activation(name="tanh"), 0.0, 6)
    other.load_state_dict(build(config).state_dict())
    assert torch.equal(other(*vectors), features)


@pytest.mark.parametrize("name", NAMES)
def test_dropout_only_in_training(name: str, vectors: "Vectors") -> None:
    config = Encoder(name=name, width=5, layers=2)
    encoder = build(config, dropout=0.5)
    features = encoder(*vectors)[vectors.mask]
    if name != "none":
        assert (features == 0).float().mean().item() == pytest.approx(0.5, abs=0.2)
    assert torch.equal(encoder.eval()(*vectors), build(config)(*vectors))


def test_without_an_encoder_token_vectors_come_through(vectors: "Vectors") -> None:
    assert build(Encoder(name="none"))(*vectors) is vectors.x


@pytest.mark.parametrize("layers", [1, 2])
def test_convolution_is_torchs_conv1d_on_each_text(layers: int, vectors: "Vectors") -> None:
    encoder = build(Encoder(name="cnn", width=5, kernel_sizes=(1, 2, 3, 6), layers=layers), activation="relu")
    weights = list(encoder.parameters())
    for row, length in enumerate(vectors.lengths.tolist()):
        x = vectors.x[row : row + 1, :length].transpose(1, 2)
        for layer in range(layers):
            outputs = []
            for index, size in enumerate((1, 2, 3, 6)):
                weight, bias = weights[8 * layer + 2 * index : 8 * layer + 2 * index + 2]
                padded = nn.functional.pad(x, ((size - 1) // 2, size // 2))
                outputs.append(nn.functional.conv1d(padded, weight.squeeze(2), bias))
            x = torch.cat(outputs, dim=1).relu()
        torch.testing.assert_close(encoder(*vectors)[row, :length], x[0].T, rtol=0, atol=1e-5)


def copy_weights(encoder: SequenceEncoder, stacked: nn.RNNBase) -> None:
    """Gives torch's stacked layers the weights of ours."""
    state: dict[str, Tensor] = {}
    for name, weight in encoder.state_dict().items():
        direction, layer, matrix = name.split(".")
        state[matrix.replace("l0", f"l{layer}") + ("_reverse" if direction == "backwards" else "")] = weight
    stacked.load_state_dict(state)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("name", RECURRENT)
def test_recurrence_is_torchs_packed_layer(name: str, bidirectional: bool, layers: int, vectors: "Vectors") -> None:
    x, lengths, mask = vectors
    encoder = build(Encoder(name=name, width=5, layers=layers, bidirectional=bidirectional))
    kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[name]
    stacked = kind(6, 5, num_layers=layers, bidirectional=bidirectional, batch_first=True)
    copy_weights(encoder, stacked)
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    theirs, _ = pad_packed_sequence(stacked(packed)[0], batch_first=True)
    torch.testing.assert_close(encoder(x, lengths, mask)[mask], theirs[mask], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", RECURRENT)
def test_the_backward_direction_reads_each_text_from_its_last_token(name: str, vectors: "Vectors") -> None:
    encoder = build(Encoder(name=name, width=5, layers=1, bidirectional=True))
    forward = build(Encoder(name=name, width=5, layers=1, bidirectional=False))
    backwards = {path: weight for path, weight in encoder.state_dict().items() if path.startswith("backwards")}
    forward.load_state_dict({path.replace("backwards", "forwards"): weight for path, weight in backwards.items()})
    features = encoder(*vectors)
    for row, length in enumerate(vectors.lengths.tolist()):
        reverse = vectors.x[row : row + 1, :length].flip(1)
        read = forward(reverse, vectors.lengths[row : row + 1], vectors.mask[row : row + 1, :length])
        torch.testing.assert_close(features[row, :length, 5:], read[0].flip(0), rtol=0, atol=1e-5)
