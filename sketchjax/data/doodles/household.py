"""Things around the house."""

from sketchjax.data.doodles.pen import Pen, Point


def _both(*right: Point) -> list[Point]:
    """An outline that is the same on both sides: along the right side as given, then back along the left."""
    return [*right, *((-x, y) for x, y in reversed(right))]


def _any_turn(pen: Pen) -> float:
    """How a thing that lies on the table is turned: upright, upside down, across or aslant."""
    return pen.choice((0, 0, 45, 90, 135, 180)) + pen.uniform(-22, 22)


def _rays(pen: Pen, y: float, near: float, far: float, start: float, stop: float, number: int) -> None:
    for i in range(number):
        with pen.at(0, y, turn=start + (stop - start) * i / (number - 1)):
            pen.line((near, 0), (far, 0))


def _steam(pen: Pen, y: float, apart: float, most: int) -> None:
    number, sway = pen.count(0, most), pen.uniform(0.06, 0.14)
    for i in range(number):
        x, height = (i - (number - 1) / 2) * apart, pen.uniform(0.3, 0.6)
        pen.curve((x, y), (x + sway, y - height * 0.3), (x - sway, y - height * 0.7), (x, y - height))


def _grip(pen: Pen, top: float, bottom: float, half: float) -> None:
    """The handle of a spoon or fork: a stroke, a bar, one that widens to a round end, or a bent stroke."""
    match pen.choice(("stroke", "bar", "flared", "bent")):
        case "stroke":
            pen.line((0, top), (0, bottom))
        case "bar":
            pen.line(*_both((half, top), (half, bottom)))
        case "flared":
            pen.curve(*_both((half * 0.5, top), (half * 1.4, bottom - 0.25), (half * 0.8, bottom)))
        case "bent":
            bend = pen.uniform(0.15, 0.4)
            pen.curve((0, top), (bend * 0.4, top + 0.3), (bend, bottom - 0.4), (bend * 0.8, bottom))


def _four_legs(pen: Pen, half: float, dx: float, dy: float, leg: float) -> None:
    """A board on legs seen from above: the far edge at y = 0, the near one dx to the right and dy further down."""
    pen.polygon((-half, 0), (half, 0), (half + dx, dy), (-half + dx, dy))
    for x, y, foot in ((-half, 0, leg), (half, dy, leg), (-half + dx, dy, dy + leg), (half + dx, dy, dy + leg)):
        pen.line((x, y), (x, foot))


def cup(pen: Pen) -> None:
    half, height, reach = pen.uniform(0.45, 0.75), pen.uniform(0.6, 1.4), pen.uniform(0.3, 0.55)
    foot = half * pen.uniform(0.5, 1.0)
    match pen.choice(("mug", "rounded", "bowl")):
        case "mug":
            pen.line(*_both((half, 0), (foot, height)))
        case "rounded":
            pen.curve(*_both((half, 0), ((half + foot) * 0.5, height * 0.7), (foot * 0.6, height)))
        case "bowl":
            foot, height = half * 0.6, half * pen.uniform(0.9, 1.3)
            pen.arc(0, 0, half, height, 0, 180)
            pen.line(*_both((foot * 0.6, height), (foot * 0.8, height + 0.15)))
    if pen.maybe(0.6):
        pen.ellipse(0, 0, half, pen.uniform(0.1, 0.3))
    else:
        pen.line((-half, 0), (half, 0))
    top, bottom, low = height * pen.uniform(0.1, 0.25), height * pen.uniform(0.6, 0.8), half * 0.35 + foot * 0.65
    if pen.maybe(0.3):
        pen.line((half * 0.95, top), (half + reach, top), (half + reach, bottom), (low, bottom))
    else:
        for part in (0, 0.25)[: pen.count(1, 2)]:  # a thick handle has an inner side
            side, top, bottom = half + reach * (1 - 2 * part), top + part * height * 0.7, bottom - part * height * 0.7
            pen.curve((half * 0.95, top), (side, top), (side, (top + bottom) / 2), (low, bottom))
    if pen.maybe(0.35):
        pen.arc(0, height + 0.1, half + 0.35, pen.uniform(0.1, 0.2), -20, 200)
    _steam(pen, -0.3, half * 0.6, pen.choice((0, 3)))


def teapot(pen: Pen) -> None:
    rx, ry = pen.uniform(0.5, 0.75), pen.uniform(0.38, 0.65)
    lid, knob = rx * pen.uniform(0.35, 0.6), pen.uniform(0.06, 0.12)
    match pen.choice(("round", "round", "kettle", "dome")):
        case "round":
            pen.ellipse(0, 0, rx, ry)
            if pen.maybe(0.6):
                pen.line(*_both((rx * 0.5, ry * 0.9), (rx * 0.6, ry + 0.12)))
        case "kettle":
            pen.polygon(*_both((rx * pen.uniform(0.6, 0.95), -ry), (rx, ry)))
        case "dome":
            pen.arc(0, ry, rx, ry * 2, 180, 360)
            pen.line((-rx, ry), (rx, ry))
    tip, rise = -rx - pen.uniform(0.3, 0.55), -ry * pen.uniform(0.5, 1.1)
    lower, upper = (-rx * 0.9, ry * 0.5), (-rx * 0.88, -ry * 0.15)
    if pen.maybe(0.6):
        pen.curve(lower, (-rx - 0.2, ry * 0.3), (tip + 0.05, rise * 0.4), (tip, rise))
        pen.curve((tip, rise), (tip + 0.22, rise * 0.8), (-rx - 0.02, -0.05), upper)
    else:
        pen.line(lower, (tip, rise), (tip + 0.2, rise - 0.08), upper)
    if pen.maybe(0.7):
        for size in (1, 0.6)[: pen.count(1, 2)]:
            pen.arc(rx * 0.85, 0, pen.uniform(0.4, 0.6) * size, ry * 0.7 * size, -100, 100)
    else:  # a hoop over the lid
        pen.arc(0, -ry * 0.5, rx * 0.8, ry + pen.uniform(0.2, 0.5), 185, 355)
    pen.arc(0, -ry * 0.9, lid, 0.2, 180, 360)
    pen.ellipse(0, -ry * 0.9 - 0.2 - knob, knob)


def bottle(pen: Pen) -> None:
    half, neck = pen.uniform(0.28, 0.5), pen.uniform(0.1, 0.17)
    shoulder, drop = pen.uniform(-0.35, 0.15), pen.uniform(0.1, 0.4)
    label = max(shoulder, -0.1) + pen.uniform(0.15, 0.3)
    with pen.at(turn=pen.choice((0, 0, 0, 0, 40, 90))):
        match pen.choice(("sloped", "sloped", "square", "flask")):
            case "sloped":
                pen.line(*_both((half, shoulder), (half, 1)))
                for side in (neck, -neck):
                    end = half if side > 0 else -half
                    pen.curve((side, -1), (side, shoulder - drop), (end * 0.85, shoulder - 0.1), (end, shoulder))
            case "square":
                pen.line(*_both((neck, -1), (neck, shoulder - drop), (half, shoulder), (half, 1)))
            case "flask":
                half, label = pen.uniform(0.45, 0.7), 0.4
                pen.curve(*_both((neck, -1), (neck, -0.4), (half * 0.7, 0), (half, 0.5), (half * 0.6, 1)))
        if pen.maybe(0.7):  # a lip, a cap or a cork
            wider, top = pen.choice(((0.06, -1.1), (0.04, -1.25), (-0.03, -1.2)))
            pen.box(-neck - wider, top, neck + wider, -0.95)
        match pen.choice(("none", "box", "bands", "level")):
            case "box":
                pen.box(-half * 0.65, label, half * 0.65, label + pen.uniform(0.3, 0.5))
            case "bands":
                pen.line((-half, label), (half, label))
                pen.line((-half, label + 0.4), (half, label + 0.4))
            case "level":
                pen.curve((-half, label), (-half * 0.3, label - 0.05), (half * 0.3, label + 0.05), (half, label))


def wine_glass(pen: Pen) -> None:
    rim, bowl, foot = pen.uniform(0.35, 0.55), pen.uniform(-0.1, 0.35), pen.uniform(0.3, 0.55)
    level, stem = -1 + (bowl + 1) * pen.uniform(0.3, 0.55), pen.choice((0, 0, 0.06))
    with pen.at(turn=pen.choice((0, 0, 0, -25, 25))):
        match pen.choice(("tulip", "cup", "flute", "martini")):
            case "tulip":
                wide = rim + pen.uniform(0.05, 0.2)
                pen.curve(*_both((rim, -1), (wide, level), (wide * 0.6, bowl - 0.12), (0.03, bowl)))
            case "cup":
                wide = rim * 0.85
                pen.arc(0, -1, rim, bowl + 1, 0, 180)
            case "flute":
                rim = wide = pen.uniform(0.2, 0.3)
                pen.line(*_both((rim, -1), (rim, bowl - 0.3), (0, bowl)))
            case "martini":
                rim, wide, bowl, level = rim + 0.2, rim * 0.6 + 0.12, -0.2, -0.68
                pen.line(*_both((rim, -1), (0, bowl)))
        pen.ellipse(0, -1, rim, pen.choice((0.02, pen.uniform(0.08, 0.18))))
        if pen.maybe(0.6):
            pen.line((-wide, level), (wide, level))
        for x in {-stem, stem}:
            pen.line((x, bowl), (x, 0.95))
        if pen.maybe(0.3):
            pen.polygon((-foot, 1), (0, pen.uniform(0.75, 0.9)), (foot, 1))
        else:
            pen.ellipse(0, 1, foot, pen.choice((0.02, pen.uniform(0.08, 0.15))))


def fork(pen: Pen) -> None:
    half, tines = pen.uniform(0.26, 0.45), pen.choice((3, 3, 3, 4))
    root, neck, floor = pen.uniform(-0.6, -0.3), pen.uniform(-0.2, 0.1), -0.2
    with pen.at(turn=_any_turn(pen)):
        _grip(pen, neck, pen.uniform(0.8, 1.3), pen.uniform(0.08, 0.13))
        match pen.choice(("round", "comb", "wedge", "fingers")):
            case "round":
                pen.arc(0, root, half, neck - root, 0, 180)
                pen.line((-half, root), (-half, -1))
                pen.line((half, root), (half, -1))
                floor = neck if pen.maybe(0.5) else root
            case "comb":
                floor = neck
                pen.line((half, -1), (half, floor), (-half, floor), (-half, -1))
            case "wedge":
                pen.line((-half, -1), (-half, root), (0, neck), (half, root), (half, -1))
                pen.line((-half, root), (half, root))
                floor = root
            case "fingers":  # tines with two sides
                wide = max(half, 0.38)
                finger = ((-0.14, root), (-0.12, -1), (0.12, -1), (0.14, root))
                pen.polygon((0, neck), *((c * wide + x, y) for c in (-1, 0, 1) for x, y in finger))
                tines = 0
        for i in range(1, tines - 1):
            x = half * (2 * i / (tines - 1) - 1)
            pen.line((x, -1), (x, floor))


def knife(pen: Pen) -> None:
    wide, heel, end = pen.uniform(0.2, 0.42), pen.uniform(-0.1, 0.3), pen.uniform(0.7, 1.0)
    grip = pen.uniform(0.09, 0.14)
    with pen.at(turn=_any_turn(pen)):
        match pen.choice(("table", "chef", "chef", "dagger", "cleaver")):
            case "table":  # a straight back and a round tip
                pen.curve((-0.1, heel), (-0.1, -0.9), (0, -1), (0.22, -0.85), (0.27, -0.5), (0.24, heel))
                pen.line((0.24, heel), (-0.1, heel))
            case "chef":
                pen.line((-0.1, -1), (-0.1, heel), (wide, heel))
                pen.curve((-0.1, -1), (wide * 0.6, -0.75), (wide, -0.3), (wide, heel))
            case "dagger":
                side = wide * 0.6
                pen.polygon((0, -1), (side, -0.7), (side, heel), (-side, heel), (-side, -0.7))
                if pen.maybe(0.6):
                    pen.line((-wide - 0.05, heel), (wide + 0.05, heel))
            case "cleaver":
                wide, heel = wide + 0.25, heel * 0.7
                pen.box(-0.12, -0.9, wide, heel)
                if pen.maybe(0.6):
                    pen.ellipse(wide - 0.16, -0.72, 0.07)
        if pen.maybe(0.6):
            pen.line(*_both((grip, heel), (grip, end)))
        else:
            pen.curve(*_both((grip, heel), (grip * 0.7, (heel + end) / 2), (grip * 1.3, end)))
        for i in range(pen.choice((0, 0, 2, 3))):
            pen.dot(0, heel + 0.15 + 0.2 * i)


def spoon(pen: Pen) -> None:
    half, deep = pen.uniform(0.22, 0.36), pen.uniform(0.33, 0.5)
    neck, middle = 2 * deep - 1, deep - 1
    with pen.at(turn=_any_turn(pen)):
        match pen.choice(("oval", "egg", "scoop")):
            case "oval":
                pen.ellipse(0, middle, half, deep)
            case "egg":
                bulge, waist = (half, middle - 0.2 * deep), (half * 0.6, middle + 0.7 * deep)
                pen.curve((0, -1), *_both(bulge, waist)[:2], (0, neck), *_both(bulge, waist)[2:], closed=True)
            case "scoop":  # the bowl runs into the handle
                pen.curve(*_both((0.07, neck + 0.25), (half, neck - 0.1), (half, middle), (half * 0.5, -1)))
                neck += 0.2
        match pen.choice(("hollow", "shine", "plain")):
            case "hollow":
                pen.ellipse(0, middle, half * 0.6, deep * 0.65)
            case "shine":
                pen.arc(0, middle, half * 0.5, deep * 0.6, 110, 230)
        _grip(pen, neck, pen.uniform(0.9, 1.4), pen.uniform(0.08, 0.13))


def frying_pan(pen: Pen) -> None:
    wide, reach, thick = pen.uniform(0.55, 0.8), pen.uniform(0.7, 1.2), pen.uniform(0.08, 0.14)
    style, flat = pen.choice(("above", "above", "aslant", "side")), wide
    lift = 0 if style == "above" else pen.choice((0, -0.15, -0.3))
    with pen.at(turn=_any_turn(pen) if style == "above" else pen.uniform(-20, 5)):
        if style == "side":
            thick *= 0.7
            pen.polygon(*_both((wide, -0.1), (wide * pen.uniform(0.75, 0.95), pen.uniform(0.3, 0.5))))
            _steam(pen, -0.2, wide * 0.5, 3)
        if style == "aslant":
            flat, wall = wide * pen.uniform(0.35, 0.6), pen.uniform(0.15, 0.3)
            pen.curve(*_both((wide, 0), (wide * 0.8, wall + flat * 0.5), (wide * 0.3, wall + flat * 0.9)))
        if style != "side":
            pen.ellipse(0, 0, wide, flat)
            filling = pen.choice(("rim", "rim", "egg", "both"))
            if filling != "egg":
                pen.ellipse(0, 0, wide * 0.78, flat * 0.75)
            if filling != "rim":
                x, yolk = pen.uniform(-0.1, 0.1), wide * pen.uniform(0.2, 0.3)
                pen.ellipse(x, 0, yolk, yolk * flat / wide)
        end = wide + reach
        if pen.maybe(0.2):
            pen.curve((wide, 0), (wide + reach / 2, lift * 0.7), (end, lift))
        else:
            pen.line((wide, -thick), (end, lift - thick), (end, lift + thick), (wide, thick))
            if pen.maybe(0.4):
                pen.line((end - 0.28, lift), (end - 0.12, lift))


def chair(pen: Pen) -> None:
    half, back, leg = pen.uniform(0.32, 0.5), -pen.uniform(0.7, 1.1), pen.uniform(0.5, 0.9)
    lean, bars = pen.uniform(0, 0.25), pen.count(0, 3)
    match pen.choice(("side", "front", "aslant", "aslant", "office")):
        case "side":
            pen.line((-half - lean, back), (-half, 0), (-half - pen.uniform(-0.05, 0.15), leg))
            pen.line((half, 0), (half + pen.uniform(-0.05, 0.1), leg))
            pen.box(-half, 0, half, pen.choice((0.02, 0.15)))
            if bars > 1:
                pen.line((-half, leg * 0.6), (half, leg * 0.6))
            elif bars:  # an arm
                pen.line((-half - lean * 0.4, back * 0.4), (half * 0.7, back * 0.4), (half * 0.7, 0))
        case "front":
            front, drop = half * pen.uniform(1.05, 1.3), pen.uniform(0.1, 0.3)
            pen.line(*_both((half, 0), (half * pen.uniform(0.8, 1), back)))
            pen.polygon(*_both((half, 0), (front, drop)))
            for x, foot in ((-front, leg), (front, leg), (-half * 0.6, leg - 0.2), (half * 0.6, leg - 0.2)):
                pen.line((x, drop), (x, foot))
        case "aslant":
            _four_legs(pen, half, pen.uniform(0.15, 0.4), pen.uniform(0.2, 0.4), leg)
            pen.line((-half, 0), (-half - lean, back), (half - lean, back), (half, 0))
            for part in (0.75, 0.5, 0.3)[:bars]:
                pen.line((-half - lean * part, back * part), (half - lean * part, back * part))
        case "office":
            pen.curve((-half - lean, back), (-half + 0.1, back * 0.4), (-half, 0))
            pen.box(-half, 0, half, 0.16)
            pen.line((0, 0.16), (0, leg))
            pen.line((-half, leg + 0.15), (0, leg), (half, leg + 0.15))


def table(pen: Pen) -> None:
    half, leg, thick = pen.uniform(0.7, 1.0), pen.uniform(0.6, 1.1), pen.uniform(0.1, 0.2)
    inset = half * pen.uniform(0.7, 0.95)
    match pen.choice(("front", "aslant", "aslant", "round", "trestle")):
        case "front":
            foot, width = inset + pen.choice((0, 0, 0.12)), pen.choice((0, 0.15))
            pen.box(-half, 0, half, thick)
            for side in (-1, 1):
                corners = (inset, thick), (foot, leg), (foot - width, leg), (inset - width, thick)
                pen.line(*((side * x, y) for x, y in corners))
            if pen.maybe(0.4):  # a drawer
                pen.line(*_both((0.3, thick), (0.3, thick + 0.22)))
        case "aslant":
            _four_legs(pen, half, pen.uniform(0.1, 0.6), pen.uniform(0.3, 0.55), leg * 0.8)
        case "round":
            flat = pen.uniform(0.18, 0.4)
            pen.ellipse(0, 0, half, flat)
            if pen.maybe(0.5):  # on one foot
                pen.line((0, flat), (0, leg + 0.2))
                pen.arc(0, leg + 0.35, half * 0.5, 0.18, 180, 360)
            else:
                for x, top in ((-half * 0.8, flat * 0.6), (half * 0.8, flat * 0.6), (0, flat)):
                    pen.line((x, top), (x * 1.1, top + leg))
        case "trestle":
            pen.box(-half, 0, half, thick)
            leg += 0.2
            pen.line((-inset, thick), (inset, leg))
            pen.line((inset, thick), (-inset, leg))


def bed(pen: Pen) -> None:
    half, head, thick = pen.uniform(0.45, 0.75), pen.uniform(0.4, 0.9), pen.uniform(0.2, 0.4)
    fold, pillows = pen.uniform(-0.3, 0.1), pen.count(1, 2)
    match pen.choice(("side", "side", "above", "aslant")):
        case "side":
            long, foot, leg = pen.uniform(0.75, 1.1), pen.uniform(0, 0.4), thick + pen.uniform(0.15, 0.3)
            pen.line((-long, -head), (-long, leg))
            pen.line((long, -foot), (long, leg))
            pen.box(-long, 0, long, thick)
            pen.arc(0.32 - long, 0, 0.27, pen.uniform(0.15, 0.25), 180, 360)
            if pen.maybe(0.7):  # a cover, sometimes with someone under it
                pen.curve((fold, thick), (fold, 0), (fold + 0.25, -pen.uniform(0.05, 0.3)), (long - 0.05, 0))
        case "above":
            pen.box(-half, -1, half, 1)
            for i in range(pillows):
                left, width = -half + i * 2 * half / pillows, 2 * half / pillows
                pen.box(left + 0.1, -0.88, left + width - 0.1, -0.55)
            for y in (fold - 0.1, fold + 0.12)[: pen.count(1, 2)]:
                pen.line((-half, y), (half, y))
        case "aslant":  # the head is far, the foot near and further right
            wide, dx, dy = half * 1.4, pen.uniform(0.5, 1.0), pen.uniform(0.5, 0.8)
            share = pen.uniform(0.4, 0.6)
            pen.line((0, 0), (0, -head), (wide, -head), (wide, 0))
            pen.polygon((0, 0), (wide, 0), (wide + dx, dy), (dx, dy))
            pen.line((0, 0), (0, thick), (dx, dy + thick), (wide + dx, dy + thick), (wide + dx, dy))
            pen.line((dx, dy), (dx, dy + thick + 0.1))
            pen.line((dx * share, dy * share), (wide + dx * share, dy * share))
            pen.ellipse(wide / 2 + dx * 0.2, dy * 0.2, wide * 0.3, 0.1)


def lamp(pen: Pen) -> None:
    upper, lower, tall = pen.uniform(0.15, 0.4), pen.uniform(0.45, 0.75), pen.uniform(0.5, 0.9)
    style = pen.choice(("table", "vase", "desk", "hanging"))
    with pen.at(turn=pen.uniform(-50, -20) if style == "desk" else 0):
        if style in ("desk", "hanging") and pen.maybe():
            pen.arc(0, 0, lower, tall, 180, 360)
            pen.line((-lower, 0), (lower, 0))
        else:
            pen.polygon(*_both((upper, -tall), (lower, 0)))
        if style in ("desk", "hanging") and pen.maybe(0.7):  # the bulb shows
            pen.arc(0, 0, 0.2, 0.2, 0, 180)
        if style != "vase" and pen.maybe(0.4):
            _rays(pen, 0, 0.4, 0.7, 40, 140, 4)
    stem, foot = pen.uniform(0.5, 1.6), pen.uniform(0.3, 0.5)
    match style:
        case "table":
            pen.line((0, 0), (0, stem))
            pen.polygon((-foot, stem + 0.15), (0, stem), (foot, stem + 0.15))
        case "vase":
            pen.curve(*_both((0.08, 0), (0.08, 0.15), (foot, pen.uniform(0.4, 0.6)), (foot * 0.5, 0.9)))
            pen.line((-foot, 0.92), (foot, 0.92))
        case "desk":
            pen.line((-0.3, -tall * 0.8), (-1.1, 0.1), (-0.6, 1.1))
            pen.box(-0.6 - foot, 1.1, -0.6 + foot, 1.25)
        case "hanging":
            pen.line((0, -tall), (0, -tall - stem * 0.6))


def light_bulb(pen: Pen) -> None:
    radius, neck = pen.uniform(0.5, 0.65), pen.uniform(0.2, 0.28)
    top, rings = pen.uniform(0.75, 0.95), pen.count(2, 3)
    with pen.at(turn=pen.choice((0, 0, 0, 180, 35))):
        if pen.maybe(0.5):
            pen.curve(*_both((neck, top), (neck * 1.4, top - 0.25), (radius, 0), (radius * 0.65, -radius * 0.9)))
        else:
            pen.arc(0, 0, radius, radius, 120, 420)
            pen.line((-radius * 0.5, radius * 0.87), (-neck, top))
            pen.line((radius * 0.5, radius * 0.87), (neck, top))
        match pen.choice(("box", "zigzag", "lines")):
            case "box":
                pen.box(-neck, top, neck, top + 0.36)
                pen.line((-neck, top + 0.18), (neck, top + 0.18))
            case "zigzag":
                pen.line(*((neck * (-1) ** i, top + 0.12 * i) for i in range(rings + 2)))
            case "lines":
                for y in (top, top + 0.15, top + 0.3)[:rings]:
                    pen.line((-neck, y), (neck, y - 0.04))
        match pen.choice(("none", "zigzag", "loop", "stand")):
            case "zigzag":
                pen.line((-0.12, top), (-0.22, 0), (-0.08, 0.18), (0, -0.02), (0.08, 0.18), (0.22, 0), (0.12, top))
            case "loop":
                pen.curve((-0.1, top), (-0.05, 0.2), (0.15, 0), (0, -0.2), (-0.15, 0), (0.05, 0.2), (0.1, top))
            case "stand":
                pen.line((0, top), (0, 0.2), (-0.2, -0.05), (0, 0.2), (0.2, -0.05))
        if pen.maybe(0.4):
            _rays(pen, 0, radius + 0.18, radius + pen.uniform(0.35, 0.5), 165, 375, pen.count(4, 7))


def _burning(pen: Pen, x: float, top: float, bottom: float, half: float, flame: float) -> None:
    """One burning candle."""
    root, wide, sway = top - 0.12, flame * 0.75, flame * pen.uniform(-0.3, 0.3)
    side = root - flame * 0.6
    pen.curve((x + sway, root - 2 * flame), (x + wide, side), (x, root), (x - wide, side), closed=True)
    pen.line((x, top), (x, top - 0.15))
    pen.box(x - half, top, x + half, bottom)


def candle(pen: Pen) -> None:
    half, height, flame = pen.uniform(0.13, 0.38), pen.uniform(0.7, 1.5), pen.uniform(0.2, 0.32)
    match pen.choice(("single", "single", "dish", "stick", "three")):
        case "single":
            _burning(pen, 0, 0, height, half, flame)
            if pen.maybe(0.3):
                for i in range(1, pen.count(3, 4)):
                    pen.line((-half, height * i / 4 + 0.1), (half, height * i / 4 - 0.1))
        case "dish":
            dish = half + pen.uniform(0.25, 0.45)
            _burning(pen, 0, 0, height, half, flame)
            pen.line(*_both((dish, height - 0.15), (dish * 0.7, height + 0.08)))
            if pen.maybe(0.7):  # a ring to carry it by
                pen.ellipse(dish + 0.15, height - 0.05, 0.17)
        case "stick":
            half, height = min(half, 0.22), height * 0.7
            foot = height + pen.uniform(0.4, 0.7)
            _burning(pen, 0, 0, height, half, flame)
            pen.line((-half - 0.15, height), (half + 0.15, height))
            pen.line((0, height), (0, foot))
            pen.line((-0.4, foot + 0.1), (0, foot), (0.4, foot + 0.1), (-0.4, foot + 0.1))
        case "three":
            for x in (-0.5, 0, 0.5):
                _burning(pen, x, pen.uniform(0, 0.4), 0.9, 0.13, 0.22)
            pen.line((-0.8, 0.9), (0.8, 0.9))
            return
    if pen.maybe(0.3):
        _rays(pen, -0.35, 0.5, 0.7, 180, 360, pen.count(4, 6))


def clock(pen: Pen) -> None:
    radius, marks = pen.uniform(0.6, 0.75), pen.choice((0, 4, 12, 12))
    match pen.choice(("wall", "wall", "alarm", "square", "tall")):
        case "wall":
            pen.ellipse(0, 0, radius)
            if pen.maybe(0.4):
                pen.ellipse(0, 0, radius + 0.14)
        case "alarm":
            pen.ellipse(0, 0, radius)
            for side in (-1, 1):
                with pen.at(turn=side * pen.uniform(32, 42)):
                    pen.arc(0, -radius - 0.05, 0.28, 0.25, 180, 360)
                    pen.line((-0.28, -radius - 0.05), (0.28, -radius - 0.05))
                    pen.line((0, radius), (0, radius + 0.25))
        case "square":
            marks = max(marks, 4)
            pen.box(-radius, -radius, radius, radius)
        case "tall":  # with a pendulum
            radius, marks, bob = 0.4, 0, pen.uniform(-0.15, 0.15)
            pen.polygon((0, pen.uniform(-0.95, -0.6)), *_both((0.5, -0.55), (0.5, 1.3)))
            pen.ellipse(0, 0, radius)
            pen.line((0, radius), (bob, 0.9))
            pen.ellipse(bob, 1.0, 0.13)
    _rays(pen, 0, radius * 0.78, radius * 0.95, 0, 360 - 360 / max(marks, 1), marks)
    hour = pen.uniform(0, 360)
    for turn, length in ((hour, 0.45), (hour + pen.uniform(40, 320), 0.72)):
        with pen.at(turn=turn):
            pen.line((0, 0), (radius * length, 0))


def key(pen: Pen) -> None:
    bow, thick = pen.uniform(0.28, 0.42), pen.choice((0, 0.08, 0.1))
    with pen.at(turn=_any_turn(pen)):
        match pen.choice(("ring", "ring", "square", "clover", "oval")):
            case "ring":
                pen.ellipse(0, -1, bow)
                if pen.maybe(0.6):
                    pen.ellipse(0, -1, bow * 0.5)
            case "square":
                pen.box(-bow, -1 - bow, bow, -1 + bow)
                pen.ellipse(0, -1, bow * 0.4)
            case "clover":
                for x, y in ((-bow * 0.7, -1), (bow * 0.7, -1), (0, -1 - bow)):
                    pen.ellipse(x, y, bow * 0.6)
                bow *= 0.3
            case "oval":
                pen.ellipse(0, -1, bow * 1.3, bow)
        match pen.choice(("teeth", "teeth", "bit", "jagged")):
            case "teeth":
                pen.line(*_both((thick, bow - 1), (thick, 1)))
                for y in (0.95, 0.68, 0.41)[: pen.count(2, 3)]:
                    pen.line((thick, y), (thick + pen.uniform(0.25, 0.4), y))
            case "bit":  # a flag with a notch
                pen.line(*_both((thick, bow - 1), (thick, 1)))
                pen.line((thick, 0.95), (0.45, 0.95), (0.45, 0.75), (0.28, 0.7), (0.45, 0.65), (0.45, 0.4), (0, 0.4))
            case "jagged":
                teeth = (0.26, 0.85), (0.08, 0.65), (0.26, 0.5), (0.08, 0.3), (0.26, 0.15), (0.14, 0)
                pen.line((-0.14, bow - 1), (-0.14, 0.9), (0, 1.1), *teeth, (0.14, bow - 1))


def umbrella(pen: Pen) -> None:
    half, high, hems = pen.uniform(0.75, 1.0), pen.uniform(0.5, 0.9), pen.count(2, 5)
    end, hook = pen.uniform(0.6, 1.0), pen.uniform(0.13, 0.2)
    with pen.at(turn=pen.choice((0, 0, 0, -25, 25, 50))):
        if pen.maybe(0.22):  # closed, point down
            half = pen.uniform(0.2, 0.4)
            pen.line((-half, -0.4), (0, 1.1), (half, -0.4), (half / 3, -0.3), (-half / 3, -0.45), (-half, -0.4))
            pen.line((0, -0.4), (0, 0.9))
            pen.line((0, -0.4), (0, -0.9))
            pen.arc(hook, -0.9, hook, hook, 180, 370)
            return
        pen.arc(0, 0, half, high, 180, 360)
        scalloped, ribs, width = pen.maybe(0.7), pen.maybe(0.6), half / hems
        if not scalloped:
            pen.line((-half, 0), (half, 0))
        for i in range(hems):
            x = width * (2 * i + 1) - half
            if scalloped:
                pen.curve((x - width, 0), (x, -min(0.2, width * 0.8)), (x + width, 0))
            if ribs and i:
                pen.curve((0, -high), ((x - width) * 0.8, -high * 0.55), (x - width, 0))
        pen.line((0, 0 if scalloped and hems % 2 == 0 else -0.1), (0, end))
        if pen.maybe(0.6):
            pen.line((0, -high), (0, -high - 0.18))
        if pen.maybe(0.8):
            pen.arc(hook, end, hook, hook, 180, -20)
        else:  # stuck in the sand
            pen.arc(0, end + 0.15, half * 0.6, 0.2, 190, 350)


def scissors(pen: Pen) -> None:
    spread, blade = pen.choice((5, pen.uniform(10, 20), pen.uniform(20, 35))), pen.uniform(0.8, 1.2)
    rx, ry, shank = pen.uniform(0.2, 0.32), pen.uniform(0.22, 0.4), pen.uniform(0.15, 0.5)
    solid, hollow = pen.choice(("line", "triangle", "curve")), pen.maybe(0.3)
    with pen.at(turn=_any_turn(pen)):
        for side in (-1, 1):
            with pen.at(scale=(side, 1), turn=0), pen.at(turn=spread):
                match solid:
                    case "line":
                        pen.line((0, -blade), (0, shank))
                    case "triangle":
                        pen.line((-0.07, shank), (-0.07, 0), (0, -blade), (0.12, -0.1), (0.05, shank))
                    case "curve":
                        pen.line((0, shank), (0, -blade))
                        pen.curve((0, -blade), (0.16, -blade * 0.5), (0.1, 0))
                out = -rx * 0.9 if spread < 18 else -rx * 0.4
                pen.ellipse(out, shank + ry * 0.85, rx, ry)
                if hollow:
                    pen.ellipse(out, shank + ry * 0.85, rx * 0.6, ry * 0.6)
        if pen.maybe(0.4):
            pen.dot(0, 0)


def ladder(pen: Pen) -> None:
    half, rungs, lean = pen.uniform(0.22, 0.45), pen.count(4, 7), pen.uniform(-0.5, 0.5)
    top, out = half * pen.uniform(0.6, 1.0), pen.choice((0, 0, 0.1))
    style = pen.choice(("straight", "straight", "double", "folding", "rope"))
    if style == "folding":
        lean, back = 0.35, pen.uniform(0.6, 1.0)
        for x in (-top, top)[: pen.count(1, 2)]:
            pen.line((x + lean, -1), (x + lean + back, 0.9))
        pen.line((lean - top, -1), (lean + top, -1))
    for side in (-1, 1):
        upper, lower, sway = (side * top + lean, -1), (side * half - lean, 1), pen.uniform(0.1, 0.2)
        if style == "rope":
            pen.curve(upper, (side * half + sway, -0.4), (side * half - sway, 0.3), lower)
        else:
            pen.line(upper, lower)
        if style == "double":
            pen.line((upper[0] + side * 0.12, -1), (lower[0] + side * 0.12, 1))
    for i in range(rungs):
        part = (i + 0.6) / (rungs + 0.2)
        middle, reach = lean * (1 - 2 * part), top + (half - top) * part + out
        pen.line((middle - reach, 2 * part - 1), (middle + reach, 2 * part - 1))


def door(pen: Pen) -> None:
    half, knob = pen.uniform(0.42, 0.65), pen.uniform(0.06, 0.1)
    style = pen.choice(("plain", "plain", "arched", "double", "ajar"))
    if style == "arched":
        pen.line(*_both((half, -0.6), (half, 1)))
        pen.arc(0, -0.6, half, pen.uniform(0.3, 0.55), 180, 360)
    else:
        pen.box(-half, -1, half, 1)
    if style == "ajar":  # the leaf swings towards us or away
        edge, more = pen.uniform(0, 0.3), pen.choice((-0.15, 0.2))
        pen.line((-half, -1), (edge, -1 - more), (edge, 1 + more), (-half, 1))
        pen.box(edge - 0.15 - knob, 0.1 - knob, edge - 0.15 + knob, 0.1 + knob)
    elif style == "double":
        for x in (-0.15, 0, 0.15):
            pen.line((x, -0.1 if x else -1), (x, 0.15 if x else 1))
    else:
        pen.box(half - 0.15 - knob, 0.1 - knob, half - 0.15 + knob, 0.1 + knob)
        rows = pen.choice(((), ((-0.75, -0.15),), ((-0.8, -0.1), (0.35, 0.8)), ((0.35, 0.8),)))
        columns = ((-0.65, 0.45),) if len(rows) == 2 or pen.maybe() else ((-0.75, -0.2), (0.1, 0.65))
        for (top, bottom), (left, right) in ((row, column) for row in rows for column in columns):
            pen.box(left * half, top, right * half, bottom)
    side, around = half + 0.15, pen.choice(("nothing", "frame", "floor"))
    if around == "frame" and style != "arched":
        pen.line((-side, 1), (-side, -1.15), (side, -1.15), (side, 1))
    elif around != "nothing":
        pen.line((-half - 0.3, 1), (half + 0.3, 1))


PROGRAMS = (
    cup, teapot, bottle, wine_glass, fork, knife, spoon, frying_pan, chair, table,
    bed, lamp, light_bulb, candle, clock, key, umbrella, scissors, ladder, door,
)  # fmt: skip
