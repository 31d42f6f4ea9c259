"""What the room offers, and where each is: imported when it is first used."""

from .augment.augmented_mixtures import AugmentedMixtureDataset
from .augment.config import AugmentationSettings
from .augment.degrade_pairs import degrade_pairs
from .augment.loudness import wave_gain
from .augment.mix_pairs import mix_pairs, read_utterance
from .augment.mixtures import MixtureDataset, PairedDataset, noisy_and_clean_banks
from .augment.rir import RoomBank
from .corpora.ljspeech import download_ljspeech, prepare_ljspeech
from .corpora.paired import download_voicebank_demand, prepare_paired
from .corpora.vctk import download_vctk, prepare_vctk
from .datasets.audio_cache import AudioBank
from .datasets.conditioned_speech import ConditionedDataset
from .datasets.recording_features import recording_features
from .datasets.speaker_crops import SpeakerCropDataset
from .datasets.speaker_vectors import (
    Evidence,
    SpeakerVectors,
    load_vectors,
    save_vectors,
)
from .kaldi.combining import combine_data, prepare_noise_parts
from .kaldi.directory import DataDirectory, Segment
from .kaldi.joining import join_by_id
from .kaldi.phones import write_phones
from .kaldi.preparing import prepare_auto, prepare_noise, prepare_tree
from .kaldi.reading import load_data_directory, read_table
from .kaldi.splitting import split_data, split_noise
from .kaldi.trimming import trim_data
from .kaldi.validation import validate
from .kaldi.writing import copy_data_directory, write_data_directory

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
