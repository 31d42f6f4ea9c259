"""Sentences and voices of the mini corpus.

The sentences are plain English of six to nine words, two to three and a half seconds long, and
together they hold every phone of the language in many contexts.
"""

from __future__ import annotations

from dataclasses import dataclass

SENTENCES = (
    "The old boat drifted slowly past the green island.",
    "We keep seven jars of honey on the shelf.",
    "My brother fixed the wheel before the long journey.",
    "A thin fog covered the valley until noon.",
    "She wrote three short letters to her cousin.",
    "The yellow bus stops twice near our school.",
    "Please put the heavy box under the wooden table.",
    "Nobody noticed the quiet boy behind the curtain.",
    "Fresh bread smells best early in the morning.",
    "They measured the depth of the river with ropes.",
    "His voice was rough after the evening show.",
    "The farmer sold twelve sheep at the spring market.",
    "Could you carry these flowers to the kitchen?",
    "Strong winds pushed the leaves across the yard.",
    "The judge asked a simple question about the money.",
    "I would rather walk home than wait for rain.",
    "Our teacher drew a huge circle on the board.",
    "The puppy chewed a hole through my left shoe.",
    "Bright stars filled the sky above the desert.",
    "You should measure the sugar with great care.",
    "The engine coughed once and refused to start.",
    "Her garden grows beans, onions and purple cabbage.",
    "Five young artists painted the wall of the station.",
    "The television was loud, so we closed the door.",
    "He thought the treasure lay beneath the oak tree.",
    "A gentle breeze moved the boats in the harbour.",
    "The nurse gave the child a cup of warm milk.",
    "Both teams played hard, but neither side won.",
    "An empty cage hung outside the butcher's shop.",
    "The road bends sharply after the stone bridge.",
    "Why did they choose such a narrow path?",
    "Charles found a gold ring in the shallow water.",
    "The usual train leaves at a quarter past nine.",
    "My aunt enjoys making toys from bits of cloth.",
    "Snow fell all night on the roof of the barn.",
    "The doctor looked puzzled by the strange noise.",
    "Two large fish jumped over the fallen branch.",
    "We shared the orange cake with our new neighbours.",
    "That picture of the mountain hangs in my office.",
    "The clever fox hid from the hungry dogs.",
    "Take a deep breath and count slowly to ten.",
    "The youngest girl in the choir sang very clearly.",
    "Broken glass lay around the edge of the pool.",
    "It was foolish to leave the window open.",
    "The pilot turned north to avoid the thunder.",
    "Sheila bought a cheap watch from the jeweller.",
    "A loud bang woke everyone in the village.",
    "Most of the paper boats sank within an hour.",
    "He poured boiling water over the dried mushrooms.",
    "The captain's orders were always short and clear.",
    "George usually reads a page before breakfast.",
    "This narrow bench is not meant for four people.",
    "Thick smoke rose from the chimney of the mill.",
    "You could hear the choir from the other shore.",
    "Grandfather told us funny stories about the war.",
    "The price of corn went down again in August.",
    "Leave your muddy boots beside the back door.",
    "A single candle lit the whole of the cellar.",
    "The ship's cook burned the soup on Thursday.",
    "Few visitors ever reach the top of that tower.",
)
PAIR_SENTENCES = (
    "The baker opened his shop an hour too late.",
    "Cold rain ran down the windows of the train.",
    "She found her keys beneath a pile of books.",
    "The children chased a yellow kite over the hill.",
    "We should thank the men who mended the fence.",
    "A young horse waited quietly beside the gate.",
    "He gave the judge a very strange reply.",
    "Their house stood alone at the edge of town.",
)


@dataclass(frozen=True)
class Voice:
    """A speaker: an espeak-ng variant with its own pitch, melody range and speaking rate.

    Variants with breath noise are left out: espeak-ng seeds it with the clock.
    ``pitch`` and ``pitch_range`` are espeak's 0 to 99; ``rate`` is in words a minute.
    """

    name: str
    variant: str
    gender: str
    pitch: int
    pitch_range: int
    rate: int


VOICES = (
    Voice("p001", "m1", "M", 40, 50, 160),
    Voice("p002", "Annie", "F", 42, 50, 165),
    Voice("p003", "m7", "M", 78, 45, 170),
    Voice("p004", "f4", "F", 84, 55, 160),
    Voice("p005", "m8", "M", 24, 40, 155),
    Voice("p006", "belinda", "F", 34, 50, 172),
    Voice("p007", "adam", "M", 62, 55, 150),
    Voice("p008", "f1", "F", 30, 45, 152),
    Voice("p009", "m5", "M", 50, 60, 175),
    Voice("p010", "linda", "F", 66, 60, 168),
    Voice("p011", "max", "M", 90, 40, 158),
    Voice("p012", "steph", "F", 45, 40, 162),
)
# Voices heard only as babble, so that no speaker is ever noise to another.
BABBLE_VOICES = {
    "train": (
        Voice("b001", "m2", "M", 50, 50, 165),
        Voice("b002", "grandma", "F", 50, 50, 170),
        Voice("b003", "Michael", "M", 60, 50, 155),
        Voice("b004", "anika", "F", 40, 50, 150),
        Voice("b005", "m4", "M", 35, 50, 175),
        Voice("b006", "Andrea", "F", 30, 50, 150),
    ),
    "test": (
        Voice("b007", "m3", "M", 55, 50, 170),
        Voice("b008", "steph3", "F", 55, 50, 160),
        Voice("b009", "travis", "M", 40, 50, 165),
        Voice("b010", "klatt2", "M", 65, 50, 155),
        Voice("b011", "aunty", "F", 60, 50, 170),
        Voice("b012", "m6", "M", 30, 50, 180),
    ),
}
