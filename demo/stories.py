"""What happens in the demo's videos: six invented instructional stories."""

from __future__ import annotations

from .story import Story, parse_phases

BREAD = Story(
    "Flat Bread in One Pan - No Oven, No Yeast",
    "Bake flat bread in a pan",
    "Four ingredients, one pan, twenty minutes.\n\n250 g flour, 150 ml warm water, salt, a "
    "spoon of oil.\n\nTell me in the comments what you had with it!",
    "a woman in a blue apron",
    "she",
    "in a bright kitchen",
    parse_phases("""
Introduce the bread
    TITLE, GREET, WASH
Make the dough
    Measure the flour: Scoop flour out of a paper bag / Level the cup with a knife / Tip the flour
        into a wide bowl / Sprinkle salt over the flour
    Mix the dough: Press a hollow into the flour / Pour warm water into the hollow / Stir the dough
        with a wooden spoon / Scrape the sides of the bowl
    Knead the dough: Dust the worktop with flour / Push the dough away with the heel of the hand /
        Fold the dough over itself / Turn the dough by a quarter / Shape the dough into a ball
    (Let the dough rest: Show the covered bowl on the windowsill / Show a kitchen clock running
        fast)
Shape and bake the bread
    Divide the dough: Cut the dough into six pieces / Roll each piece between the palms
    Roll out the bread: Flatten a piece with the fingertips / Roll the piece into a thin circle /
        Lift the circle off the worktop
    Bake the bread: Wipe the hot pan with a little oil / Lay the circle in the pan / Watch the
        bubbles rise / Flip the bread with a spatula / Stack the bread on a plate
    Taste the bread: Tear a piece off the bread / Dip the piece in olive oil / Nod while chewing
Close the video
    BYE, END
"""),
)

TUBE = Story(
    "How to Mend a Bicycle Tube at the Roadside",
    "Mend a punctured bicycle tube",
    "A puncture far from home? You need two levers, a patch and ten minutes.\nTools are "
    "listed in the video.",
    "a man in a green rain jacket",
    "he",
    "beside a gravel road",
    parse_phases("""
Show the puncture
    GREET
    Inspect the tyre: Squeeze the flat tyre / Spin the wheel slowly / Pull a thorn out of the tread
Take the tube out
    Remove the wheel: Turn the bicycle upside down / Open the quick release / Lift the wheel out of
        the frame
    Lever off the tyre: Unscrew the valve cap / Push a lever under the bead / Slide the second lever
        along the rim / Peel the tyre off the rim
    Pull out the tube: Press the valve through the rim / Draw the tube out of the tyre
Patch the hole
    Find the hole: Pump a little air into the tube / Hold the tube close to the ear / Dip the tube
        in a bucket of water / Mark the hole with chalk
    Roughen the rubber: Dry the tube with a rag / Rub the rubber with sandpaper
    Glue on the patch: Spread glue around the hole / Peel the foil off the patch / Press the patch
        onto the glue
    (Let the glue dry: Show the patch from close by / Show grass in the wind)
Put everything back
    Refit the tube: Feel along the inside of the tyre / Tuck the tube into the tyre / Push the tyre
        over the rim with both thumbs
    Inflate the tyre: Fix the pump on the valve / Pump with long strokes / Check the pressure with
        the thumb
    WASH
Close the video
    Ride away: Mount the bicycle / Ride down the road
    END
"""),
)

COFFEE = Story(
    "Pour-Over Coffee: Slow, Simple, Good",
    "Brew pour-over coffee",
    "15 g of coffee, 250 g of water, three minutes. That is all there is to it.",
    "a young man with a beard",
    "he",
    "at a wooden counter",
    parse_phases("""
Introduce the recipe
    TITLE, GREET
Prepare the coffee
    Boil the water: Fill the kettle at the tap / Set the kettle on its base / Flick the switch
    Weigh the beans: Place a cup on the scales / Pour beans into the cup / Pick out one bean
    Grind the beans: Tip the beans into a hand mill / Crank the handle evenly / Tap the mill on the
        counter / Smell the ground coffee
    Rinse the filter: Fold the seam of the paper filter / Set the filter in the cone / Wet the paper
        with hot water / Empty the jug into the sink
Brew the coffee
    Wet the grounds: Shake the coffee flat in the cone / Pour a little water in circles / Swirl the
        cone gently
    (Let the coffee bloom: Show bubbles on the wet grounds / Show a timer)
    Pour the water: Pour a thin stream from the centre outwards / Pause at half the weight / Pour
        the remaining water / Watch the coffee drip
Serve the coffee
    Fill a cup: Lift the cone off the jug / Warm the cup with hot water / Pour the coffee into the
        cup
    Taste the coffee: Blow across the cup / Sip the coffee / Smile
    BYE, END
"""),
)

BOAT = Story(
    "Fold a Paper Boat That Really Floats",
    "Fold a paper boat",
    "One sheet of paper, no glue, no scissors.\nDownload nothing, just fold along.",
    "a girl with a red hairband",
    "she",
    "at a school desk",
    parse_phases("""
Introduce the boat
    TITLE, GREET
Fold the hat
    Halve the sheet: Lay the sheet flat on the desk / Fold the sheet from top to bottom / Press
        along the crease
    Mark the middle: Fold the sheet from side to side / Open the sheet again
    Fold the corners: Bring the left corner to the middle / Bring the right corner to the middle /
        Smooth both folds with a ruler
    Turn up the brim: Fold the front strip upwards / Flip the paper over / Fold the back strip
        upwards / Tuck in the loose corners
Turn the hat into a boat
    Open the hat: Hold the hat by its brim / Push the sides together / Flatten the hat into a square
    Fold the square: Fold the front corner to the top / Turn the square around / Fold the back
        corner to the top
    Pull out the bow: Grip the two top corners / Pull the corners apart / Shape the hull with the
        thumbs
Try the boat
    Colour the boat: Draw a flag with a felt pen / Colour the hull in stripes
    Float the boat: Fill a basin with water / Set the boat on the water / Blow at the boat from
        behind
    (Show the boat drifting: Show the boat from above / Show the ripples)
    BYE
"""),
)

SEEDLING = Story(
    "Potting On Tomato Seedlings (and When to Do It)",
    "Pot a tomato seedling",
    "When the second pair of leaves is there, it is time for a pot of its own.\n\nNext week: "
    "hardening off.",
    "an elderly man with a straw hat",
    "he",
    "in a greenhouse",
    parse_phases("""
Introduce the seedlings
    GREET
    (Show the tray: Show the tray of seedlings from above / Show a single leaf)
Prepare the pot
    Clean the pot: Brush old soil out of the pot / Rinse the pot in a barrel / Check the hole in the
        bottom
    Mix the compost: Shovel compost into a tub / Add a handful of sand / Crumble the lumps between
        the fingers
    Fill the pot: Cover the hole with a shard / Fill the pot with compost / Tap the pot on the bench
        / Poke a hole with a stick
Move the seedling
    Water the tray: Dip the can in the barrel / Sprinkle water over the tray
    Lift the seedling: Loosen the soil with a fork / Hold the seedling by a leaf / Lift the roots
        out of the tray
    Set the seedling: Lower the roots into the hole / Push compost around the stem / Firm the
        compost with two fingers
    Label the pot: Write the name on a wooden stick / Stick the label in the pot
Look after the seedling
    Water the seedling: Fill a small can with rain water / Pour water around the stem / Wipe a drop
        off the leaf
    Place the pot in the light: Carry the pot to a shelf / Turn the pot towards the sun / Open the
        roof window
    WASH, BYE
"""),
)

BUTTON = Story(
    "Sew On a Button So It Stays On",
    "Sew a button onto a shirt",
    "The trick is the shank: wind the thread before you tie it.\nFor thick coats use a second"
    " button at the back.",
    "a woman with reading glasses",
    "she",
    "at a table by the window",
    parse_phases("""
Introduce the repair
    TITLE, GREET
Prepare the thread
    Choose a button: Open a tin of buttons / Sort the white buttons / Compare a button with the
        shirt
    Cut the thread: Pull thread off the reel / Measure the thread along the arm / Snip the thread
        with scissors
    Thread the needle: Moisten the end of the thread / Guide the thread through the eye / Double the
        thread / Knot both ends together
Sew on the button
    Mark the place: Spread the shirt on the table / Close the other buttons / Mark the place with a
        pin
    Anchor the thread: Push the needle up from the back / Pull the knot tight against the cloth /
        Take one small stitch
    Stitch the button: Set the button on the needle / Slip a matchstick under the thread / Push the
        needle down through the next hole / Cross the thread to the other holes / Pull out the
        matchstick
    Wind the shank: Bring the needle out below the button / Wind the thread around the shank / Push
        the needle through the shank
    Tie off the thread: Make a loop at the back / Pass the needle through the loop / Trim the thread
        close to the cloth
Check the result
    Test the button: Tug at the button / Button up the shirt
    (Show the finished shirt: Show the shirt on a hanger / Show the button)
    BYE, END
"""),
)

#: The demo's stories, in the order of its videos.
STORIES: tuple[Story, ...] = (BREAD, TUBE, COFFEE, BOAT, SEEDLING, BUTTON)
