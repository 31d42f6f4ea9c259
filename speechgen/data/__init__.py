"""Speech data: Kaldi directories, corpora, joins by id, and training datasets."""

from speechgen.data.augment.augmented_mixtures import AugmentedMixtureDataset
from speechgen.data.augment.config import AugmentationSettings
from speechgen.data.augment.degrade_pairs import degrade_pairs
from speechgen.data.augment.loudness import wave_gain
from speechgen.data.augment.mix_pairs import mix_pairs, read_utterance
from speechgen.data.augment.mixtures import MixtureDataset, PairedDataset, noisy_and_clean_banks
from speechgen.data.augment.rir import RoomBank
from speechgen.data.corpora.ljspeech import download_ljspeech, prepare_ljspeech
from speechgen.data.corpora.paired import download_voicebank_demand, prepare_paired
from speechgen.data.corpora.vctk import download_vctk, prepare_vctk
from speechgen.data.datasets.audio_cache import AudioBank
from speechgen.data.datasets.conditioned_speech import ConditionedDataset
from speechgen.data.datasets.recording_features import recording_features
from speechgen.data.datasets.speaker_crops import SpeakerCropDataset
from speechgen.data.datasets.speaker_vectors import (
    Evidence,
    SpeakerVectors,
    load_vectors,
    save_vectors,
)
from speechgen.data.kaldi.combining import combine_data, prepare_noise_parts
from speechgen.data.kaldi.directory import DataDirectory, Segment
from speechgen.data.kaldi.joining import join_by_id
from speechgen.data.kaldi.phones import write_phones
from speechgen.data.kaldi.preparing import prepare_auto, prepare_noise, prepare_tree
from speechgen.data.kaldi.reading import load_data_directory, read_table
from speechgen.data.kaldi.splitting import split_data, split_noise
from speechgen.data.kaldi.trimming import trim_data
from speechgen.data.kaldi.validation import validate
from speechgen.data.kaldi.writing import copy_data_directory, write_data_directory

__all__ = [
    "AudioBank",
    "ConditionedDataset",
    "DataDirectory",
    "Evidence",
    "MixtureDataset",
    "PairedDataset",
    "RoomBank",
    "Segment",
    "SpeakerCropDataset",
    "SpeakerVectors",
    "AugmentedMixtureDataset",
    "AugmentationSettings",
    "combine_data",
    "copy_data_directory",
    "download_ljspeech",
    "download_vctk",
    "download_voicebank_demand",
    "join_by_id",
    "load_data_directory",
    "load_vectors",
    "degrade_pairs",
    "mix_pairs",
    "noisy_and_clean_banks",
    "prepare_auto",
    "prepare_ljspeech",
    "prepare_noise",
    "prepare_noise_parts",
    "prepare_paired",
    "prepare_tree",
    "prepare_vctk",
    "read_table",
    "read_utterance",
    "recording_features",
    "save_vectors",
    "split_data",
    "split_noise",
    "trim_data",
    "validate",
    "wave_gain",
    "write_data_directory",
    "write_phones",
]
