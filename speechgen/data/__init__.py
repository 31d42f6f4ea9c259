"""Speech data: Kaldi directories, corpora, joins by id, and what training draws from them."""

from speechgen.data.bank import AudioBank
from speechgen.data.combining import combine_data, prepare_noise_parts
from speechgen.data.conditioned import ConditionedDataset
from speechgen.data.corpora.paired import download_voicebank_demand, prepare_paired
from speechgen.data.corpora.vctk import download_vctk, prepare_vctk
from speechgen.data.directory import (
    DataDirectory,
    Segment,
    copy_data_directory,
    load_data_directory,
    write_data_directory,
)
from speechgen.data.joining import join_by_id
from speechgen.data.levels import wave_gain
from speechgen.data.mixing import mix_pairs, read_utterance
from speechgen.data.mixtures import MixtureDataset, PairedDataset, noisy_and_clean_banks
from speechgen.data.preparing import prepare_auto, prepare_noise, prepare_tree
from speechgen.data.rooms import RoomBank
from speechgen.data.speaker_crops import SpeakerCropDataset
from speechgen.data.splitting import split_data, split_noise
from speechgen.data.validation import validate
from speechgen.data.varied import VariedMixtureDataset
from speechgen.data.variety import Variety
from speechgen.data.vectors import SpeakerVectors, load_vectors, save_vectors

__all__ = [
    "AudioBank",
    "ConditionedDataset",
    "DataDirectory",
    "MixtureDataset",
    "PairedDataset",
    "RoomBank",
    "Segment",
    "SpeakerCropDataset",
    "SpeakerVectors",
    "VariedMixtureDataset",
    "Variety",
    "combine_data",
    "copy_data_directory",
    "download_vctk",
    "download_voicebank_demand",
    "join_by_id",
    "load_data_directory",
    "load_vectors",
    "mix_pairs",
    "noisy_and_clean_banks",
    "prepare_auto",
    "prepare_noise",
    "prepare_noise_parts",
    "prepare_paired",
    "prepare_tree",
    "prepare_vctk",
    "read_utterance",
    "save_vectors",
    "split_data",
    "split_noise",
    "validate",
    "wave_gain",
    "write_data_directory",
]
