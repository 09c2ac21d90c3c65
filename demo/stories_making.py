"""Stories of making and mending: a tube, a paper boat, a seedling, a button."""

from __future__ import annotations

from .story import BYE, END, GREET, TITLE, WASH, Phase, Story, step, wait

TUBE = Story(
    "How to Mend a Bicycle Tube at the Roadside",
    "Mend a punctured bicycle tube",
    "A puncture far from home? You need two levers, a patch and ten minutes.\nTools are listed in "
    "the video.",
    "a man in a green rain jacket",
    "he",
    "beside a gravel road",
    (
        Phase(
            "Show the puncture",
            (
                GREET,
                step(
                    "Inspect the tyre",
                    "Squeeze the flat tyre",
                    "Spin the wheel slowly",
                    "Pull a thorn out of the tread",
                ),
            ),
        ),
        Phase(
            "Take the tube out",
            (
                step(
                    "Remove the wheel",
                    "Turn the bicycle upside down",
                    "Open the quick release",
                    "Lift the wheel out of the frame",
                ),
                step(
                    "Lever off the tyre",
                    "Unscrew the valve cap",
                    "Push a lever under the bead",
                    "Slide the second lever along the rim",
                    "Peel the tyre off the rim",
                ),
                step(
                    "Pull out the tube",
                    "Press the valve through the rim",
                    "Draw the tube out of the tyre",
                ),
            ),
        ),
        Phase(
            "Patch the hole",
            (
                step(
                    "Find the hole",
                    "Pump a little air into the tube",
                    "Hold the tube close to the ear",
                    "Dip the tube in a bucket of water",
                    "Mark the hole with chalk",
                ),
                step(
                    "Roughen the rubber",
                    "Dry the tube with a rag",
                    "Rub the rubber with sandpaper",
                ),
                step(
                    "Glue on the patch",
                    "Spread glue around the hole",
                    "Peel the foil off the patch",
                    "Press the patch onto the glue",
                ),
                wait("Let the glue dry", "Show the patch from close by", "Show grass in the wind"),
            ),
        ),
        Phase(
            "Put everything back",
            (
                step(
                    "Refit the tube",
                    "Feel along the inside of the tyre",
                    "Tuck the tube into the tyre",
                    "Push the tyre over the rim with both thumbs",
                ),
                step(
                    "Inflate the tyre",
                    "Fix the pump on the valve",
                    "Pump with long strokes",
                    "Check the pressure with the thumb",
                ),
                WASH,
            ),
        ),
        Phase(
            "Close the video", (step("Ride away", "Mount the bicycle", "Ride down the road"), END)
        ),
    ),
)

BOAT = Story(
    "Fold a Paper Boat That Really Floats",
    "Fold a paper boat",
    "One sheet of paper, no glue, no scissors.\nDownload nothing, just fold along.",
    "a girl with a red hairband",
    "she",
    "at a school desk",
    (
        Phase("Introduce the boat", (TITLE, GREET)),
        Phase(
            "Fold the hat",
            (
                step(
                    "Halve the sheet",
                    "Lay the sheet flat on the desk",
                    "Fold the sheet from top to bottom",
                    "Press along the crease",
                ),
                step(
                    "Mark the middle",
                    "Fold the sheet from side to side",
                    "Open the sheet again",
                ),
                step(
                    "Fold the corners",
                    "Bring the left corner to the middle",
                    "Bring the right corner to the middle",
                    "Smooth both folds with a ruler",
                ),
                step(
                    "Turn up the brim",
                    "Fold the front strip upwards",
                    "Flip the paper over",
                    "Fold the back strip upwards",
                    "Tuck in the loose corners",
                ),
            ),
        ),
        Phase(
            "Turn the hat into a boat",
            (
                step(
                    "Open the hat",
                    "Hold the hat by its brim",
                    "Push the sides together",
                    "Flatten the hat into a square",
                ),
                step(
                    "Fold the square",
                    "Fold the front corner to the top",
                    "Turn the square around",
                    "Fold the back corner to the top",
                ),
                step(
                    "Pull out the bow",
                    "Grip the two top corners",
                    "Pull the corners apart",
                    "Shape the hull with the thumbs",
                ),
            ),
        ),
        Phase(
            "Try the boat",
            (
                step(
                    "Colour the boat",
                    "Draw a flag with a felt pen",
                    "Colour the hull in stripes",
                ),
                step(
                    "Float the boat",
                    "Fill a basin with water",
                    "Set the boat on the water",
                    "Blow at the boat from behind",
                ),
                wait("Show the boat drifting", "Show the boat from above", "Show the ripples"),
                BYE,
            ),
        ),
    ),
)

SEEDLING = Story(
    "Potting On Tomato Seedlings (and When to Do It)",
    "Pot a tomato seedling",
    "When the second pair of leaves is there, it is time for a pot of its own.\n\nNext week: "
    "hardening off.",
    "an elderly man with a straw hat",
    "he",
    "in a greenhouse",
    (
        Phase(
            "Introduce the seedlings",
            (
                GREET,
                wait(
                    "Show the tray", "Show the tray of seedlings from above", "Show a single leaf"
                ),
            ),
        ),
        Phase(
            "Prepare the pot",
            (
                step(
                    "Clean the pot",
                    "Brush old soil out of the pot",
                    "Rinse the pot in a barrel",
                    "Check the hole in the bottom",
                ),
                step(
                    "Mix the compost",
                    "Shovel compost into a tub",
                    "Add a handful of sand",
                    "Crumble the lumps between the fingers",
                ),
                step(
                    "Fill the pot",
                    "Cover the hole with a shard",
                    "Fill the pot with compost",
                    "Tap the pot on the bench",
                    "Poke a hole with a stick",
                ),
            ),
        ),
        Phase(
            "Move the seedling",
            (
                step(
                    "Water the tray",
                    "Dip the can in the barrel",
                    "Sprinkle water over the tray",
                ),
                step(
                    "Lift the seedling",
                    "Loosen the soil with a fork",
                    "Hold the seedling by a leaf",
                    "Lift the roots out of the tray",
                ),
                step(
                    "Set the seedling",
                    "Lower the roots into the hole",
                    "Push compost around the stem",
                    "Firm the compost with two fingers",
                ),
                step(
                    "Label the pot",
                    "Write the name on a wooden stick",
                    "Stick the label in the pot",
                ),
            ),
        ),
        Phase(
            "Look after the seedling",
            (
                step(
                    "Water the seedling",
                    "Fill a small can with rain water",
                    "Pour water around the stem",
                    "Wipe a drop off the leaf",
                ),
                step(
                    "Place the pot in the light",
                    "Carry the pot to a shelf",
                    "Turn the pot towards the sun",
                    "Open the roof window",
                ),
                WASH,
                BYE,
            ),
        ),
    ),
)

BUTTON = Story(
    "Sew On a Button So It Stays On",
    "Sew a button onto a shirt",
    "The trick is the shank: wind the thread before you tie it.\nFor thick coats use a second "
    "button at the back.",
    "a woman with reading glasses",
    "she",
    "at a table by the window",
    (
        Phase("Introduce the repair", (TITLE, GREET)),
        Phase(
            "Prepare the thread",
            (
                step(
                    "Choose a button",
                    "Open a tin of buttons",
                    "Sort the white buttons",
                    "Compare a button with the shirt",
                ),
                step(
                    "Cut the thread",
                    "Pull thread off the reel",
                    "Measure the thread along the arm",
                    "Snip the thread with scissors",
                ),
                step(
                    "Thread the needle",
                    "Moisten the end of the thread",
                    "Guide the thread through the eye",
                    "Double the thread",
                    "Knot both ends together",
                ),
            ),
        ),
        Phase(
            "Sew on the button",
            (
                step(
                    "Mark the place",
                    "Spread the shirt on the table",
                    "Close the other buttons",
                    "Mark the place with a pin",
                ),
                step(
                    "Anchor the thread",
                    "Push the needle up from the back",
                    "Pull the knot tight against the cloth",
                    "Take one small stitch",
                ),
                step(
                    "Stitch the button",
                    "Set the button on the needle",
                    "Slip a matchstick under the thread",
                    "Push the needle down through the next hole",
                    "Cross the thread to the other holes",
                    "Pull out the matchstick",
                ),
                step(
                    "Wind the shank",
                    "Bring the needle out below the button",
                    "Wind the thread around the shank",
                    "Push the needle through the shank",
                ),
                step(
                    "Tie off the thread",
                    "Make a loop at the back",
                    "Pass the needle through the loop",
                    "Trim the thread close to the cloth",
                ),
            ),
        ),
        Phase(
            "Check the result",
            (
                step("Test the button", "Tug at the button", "Button up the shirt"),
                wait("Show the finished shirt", "Show the shirt on a hanger", "Show the button"),
                BYE,
                END,
            ),
        ),
    ),
)
