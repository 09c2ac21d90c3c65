"""Stories in the kitchen: flat bread and coffee."""

from __future__ import annotations

from .story import BYE, END, GREET, TITLE, WASH, Phase, Story, step, wait

BREAD = Story(
    "Flat Bread in One Pan - No Oven, No Yeast",
    "Bake flat bread in a pan",
    "Four ingredients, one pan, twenty minutes.\n\n250 g flour, 150 ml warm water, salt, "
    "a spoon of oil.\n\nTell me in the comments what you had with it!",
    "a woman in a blue apron",
    "she",
    "in a bright kitchen",
    (
        Phase("Introduce the bread", (TITLE, GREET, WASH)),
        Phase(
            "Make the dough",
            (
                step(
                    "Measure the flour",
                    "Scoop flour out of a paper bag",
                    "Level the cup with a knife",
                    "Tip the flour into a wide bowl",
                    "Sprinkle salt over the flour",
                ),
                step(
                    "Mix the dough",
                    "Press a hollow into the flour",
                    "Pour warm water into the hollow",
                    "Stir the dough with a wooden spoon",
                    "Scrape the sides of the bowl",
                ),
                step(
                    "Knead the dough",
                    "Dust the worktop with flour",
                    "Push the dough away with the heel of the hand",
                    "Fold the dough over itself",
                    "Turn the dough by a quarter",
                    "Shape the dough into a ball",
                ),
                wait(
                    "Let the dough rest",
                    "Show the covered bowl on the windowsill",
                    "Show a kitchen clock running fast",
                ),
            ),
        ),
        Phase(
            "Shape and bake the bread",
            (
                step(
                    "Divide the dough",
                    "Cut the dough into six pieces",
                    "Roll each piece between the palms",
                ),
                step(
                    "Roll out the bread",
                    "Flatten a piece with the fingertips",
                    "Roll the piece into a thin circle",
                    "Lift the circle off the worktop",
                ),
                step(
                    "Bake the bread",
                    "Wipe the hot pan with a little oil",
                    "Lay the circle in the pan",
                    "Watch the bubbles rise",
                    "Flip the bread with a spatula",
                    "Stack the bread on a plate",
                ),
                step(
                    "Taste the bread",
                    "Tear a piece off the bread",
                    "Dip the piece in olive oil",
                    "Nod while chewing",
                ),
            ),
        ),
        Phase("Close the video", (BYE, END)),
    ),
)

COFFEE = Story(
    "Pour-Over Coffee: Slow, Simple, Good",
    "Brew pour-over coffee",
    "15 g of coffee, 250 g of water, three minutes. That is all there is to it.",
    "a young man with a beard",
    "he",
    "at a wooden counter",
    (
        Phase("Introduce the recipe", (TITLE, GREET)),
        Phase(
            "Prepare the coffee",
            (
                step(
                    "Boil the water",
                    "Fill the kettle at the tap",
                    "Set the kettle on its base",
                    "Flick the switch",
                ),
                step(
                    "Weigh the beans",
                    "Place a cup on the scales",
                    "Pour beans into the cup",
                    "Pick out one bean",
                ),
                step(
                    "Grind the beans",
                    "Tip the beans into a hand mill",
                    "Crank the handle evenly",
                    "Tap the mill on the counter",
                    "Smell the ground coffee",
                ),
                step(
                    "Rinse the filter",
                    "Fold the seam of the paper filter",
                    "Set the filter in the cone",
                    "Wet the paper with hot water",
                    "Empty the jug into the sink",
                ),
            ),
        ),
        Phase(
            "Brew the coffee",
            (
                step(
                    "Wet the grounds",
                    "Shake the coffee flat in the cone",
                    "Pour a little water in circles",
                    "Swirl the cone gently",
                ),
                wait("Let the coffee bloom", "Show bubbles on the wet grounds", "Show a timer"),
                step(
                    "Pour the water",
                    "Pour a thin stream from the centre outwards",
                    "Pause at half the weight",
                    "Pour the remaining water",
                    "Watch the coffee drip",
                ),
            ),
        ),
        Phase(
            "Serve the coffee",
            (
                step(
                    "Fill a cup",
                    "Lift the cone off the jug",
                    "Warm the cup with hot water",
                    "Pour the coffee into the cup",
                ),
                step("Taste the coffee", "Blow across the cup", "Sip the coffee", "Smile"),
                BYE,
                END,
            ),
        ),
    ),
)
