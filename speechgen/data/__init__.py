"""Speech data: Kaldi directories, corpora, joins by id, and what training draws from them."""

from speechgen.data.bank import AudioBank
from speechgen.data.conditioned import ConditionedDataset
from speechgen.data.directory import (
    DataDirectory,
    Segment,
    load_data_directory,
    write_data_directory,
)
from speechgen.data.mixtures import MixtureDataset, PairedDataset, noisy_and_clean_banks
from speechgen.data.preparing import prepare_auto, prepare_noise, prepare_tree
from speechgen.data.speaker_crops import SpeakerCropDataset
from speechgen.data.validation import validate
from speechgen.data.vectors import SpeakerVectors, load_vectors, save_vectors

__all__ = [
    "AudioBank",
    "ConditionedDataset",
    "DataDirectory",
    "MixtureDataset",
    "PairedDataset",
    "Segment",
    "SpeakerCropDataset",
    "SpeakerVectors",
    "load_data_directory",
    "load_vectors",
    "noisy_and_clean_banks",
    "prepare_auto",
    "prepare_noise",
    "prepare_tree",
    "save_vectors",
    "validate",
    "write_data_directory",
]
