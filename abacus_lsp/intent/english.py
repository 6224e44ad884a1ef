"""English comments: does a sentence say what code is to do?

Core: words only. A request has a verb where a request has it: first ("Sort by id"), behind a condition ("If there
is none, return None"), behind the name of what is documented ("Open returns a file", "A filter that drops blanks").
"""

import re
from typing import Final

_VERBS: Final = frozenset(  # words read better as text than as a list of strings
    """
    abort accept access account accumulate acquire activate add adjust advance aggregate align allocate allow append
    apply approximate arrange assert assign attach attempt authenticate average avoid await backfill balance begin bind
    bootstrap break bring broadcast build bump cache calculate call cancel cast catch center change check choose clamp
    clean clear click clip clone close coerce collapse collect colour color combine compare compile complete compose
    compress compute concatenate configure confirm connect construct consume continue convert coordinate copy
    correct count crawl create crop cut deactivate deal debounce decide decode decompress decrement decrypt dedupe
    deduplicate deep define defer delegate delete deliver demote derive deserialize destroy detach detect determine
    disable discard disconnect dispatch display dispose divide do download draw drop dump duplicate emit emulate enable
    encode encrypt enforce enqueue ensure enter enumerate erase escape establish estimate evaluate examine exclude
    execute exit expand expect export expose extend extract fade fail fetch fill filter finalize find finish fire fix
    flatten flip flush focus fold follow force format forward free freeze gather generate get give go grab group grow
    guard guess handle hide hold identify ignore implement import include increase increment infer inherit init
    initialise initialize inject inline insert inspect install instantiate interpolate intersect invalidate invert
    invoke issue iterate join jump keep kill launch lay leave let limit link list load localize locate lock log look
    loop lower make manage mark mask match measure merge migrate minimize mirror mix mock modify monitor move multiply
    negate normalise normalize notify obtain omit open optimise optimize order override overwrite pack pad paint parse
    partition pass patch perform persist pick place play plot point poll pop populate post prepare prepend preprocess
    present preserve press prevent print proceed process produce project prompt promote propagate protect provide proxy
    prune publish pull push put query queue quit quote raise randomize rank read rebase rebuild recalculate receive
    recognise recognize recompute reconnect record recover recreate recurse redirect reduce refactor refer refresh
    register reject relate release reload remove rename render reorder repeat replace reply report represent request
    require reserve reset resize resolve respond restart restore restrict resume retain retrieve retry return reuse
    reverse revert rewrite roll rotate round route run sample sanitize save scale scan schedule scroll search select
    send separate serialise serialize serve set shift show shrink shuffle shut simplify simulate skip sleep slice smooth
    snap solve sort spawn specify split spread stack start stop store stream stringify strip style submit subtract sum
    suppress swap switch synchronize sync take tell terminate test throttle throw toggle tokenize trace track train
    transfer transform transition translate traverse treat trigger trim truncate try tune turn uncompress undo unescape
    unify uninstall union unlock unmount unpack unregister unset unwrap unzip update upgrade upload uppercase use
    validate verify view visit wait walk warn wrap write yield zero zip zoom
    absorb animate annotate backup blur cap capitalize canonicalize chain colorize decorate dedent deny describe drain
    embed evict expire explain filter fit forbid grant hash highlight improve indent intercept interleave invoke learn
    lowercase mean benchmark setup peek permit permute ping predict prefer profile quantize refine reindex replicate
    reshape reuse revisit revoke rewind score seek sharpen sign slugify stroke subscribe summarize support supply tag tidy tile transpose
    underline unlink unsubscribe visualize wake backport bypass cover disallow drive elide emulate inform mutate
    normalize patch perturb reclaim reconcile regenerate reload relax remap repaint replay rescale retrain rewire scatter
    achieve adapt adopt alert alias alter answer archive ask assemble bail batch blend block bubble buffer carry circumvent claim
    classify cleanup clobber commit compensate concat condense consider consult control crash cycle debug decompose
    decouple delay deploy dereference descend diff differentiate discover distinguish distribute double downcast
    downsample eat edit elevate eliminate empty encapsulate enclose end enhance enlarge enrich equalize exchange fake fall
    favor favour feed flag fork fuse gate guarantee halt help hoist honor honour hook impose incorporate initiate integrate
    introduce isolate lift listen lookup maintain mangle manipulate maximise maximize memoize minify mount name narrow
    navigate nest nullify offset operate organise organize output pause pin pipe pivot preallocate prefetch prefix preload
    prime probe prohibit purge reach react reassign redo refuse rely remember repair rescue satisfy seal seed segment shard
    share shortcut silence sink snapshot space spin squash squeeze stash steal step stub subclass subset substitute
    surround sweep tear tie touch transcode transmit tweak unroll unshift unwind upcast upsample utilise utilize vary wipe work
    shorten sleep splice stitch strengthen swallow tighten unfold unlink unpin upsert vectorize widen zero
    """.split()  # noqa: SIM905
)
# What makes a noun of the verb before it: "start point", "test data", "format is", "list of".
_HEADS: Final = frozenset(
    """
    are area array arrays at axis balancer bar been body box button buttons bytes case cases class classes code codes
    color colors colour column columns config constant constants count counter data date decorator default dict directory error
    errors event events exception field fields file files flag flags format from function functions group handler
    handlers has have header id ids index info is item items key keys label labels layer length level line list log map
    mark matrix may message messages method methods mode module modules name names node nodes number object objects of
    option options order page parameter parameters params path point points position range ranges result results root
    sheet size state status string strings style symbol symbols table tag tags template text time timeout timestamp
    token type types url urls value values variable variables version was were width window will
    """.split()  # noqa: SIM905
)
_NOUNS: Final = frozenset(
    """
    access account average balance cache call center change check click color colour count cut default display document
    download draw drop dump exit export filter focus format forward group guard handle import index input insert issue
    join jump key label launch limit link list load lock log look loop map mark mask match measure merge mirror mix mock
    monitor order override pack pad patch place plot point post present press print process produce project prompt proxy
    push query queue quote range rank record release render report request reserve reset result return roll rotate round route
    sample scale scan schedule scroll search select set shift show slice sort split spread stack start stop store stream
    style sum switch test trace track train transfer transform trigger turn type update upgrade upload value visit warn
    alert alias answer archive batch block buffer claim commit control crash cycle debug delay diff double edit
    empty end exchange fake feed flag fork gate help hook lift lookup mean mount name narrow offset output pause pin
    pipe pivot prefix prime probe purge seed segment shard share shortcut silence sink snapshot space spin step stub
    subset sweep tie touch work
    view wrap zero zoom
    """.split()  # noqa: SIM905
)
_ADVERBS = (
    "also|always|then|now|first(?:ly)?|second(?:ly)?|finally|lastly|next|just|only|simply|please|again|explicitly|"
    "manually|automatically|recursively|lazily|optionally|immediately|temporarily|safely|actually|quickly|randomly|"
    r"let's|lets|let us|we must|must|should|to|just|we(?=\s+(?!can|could|don|do not|cannot|are|have|want|assume|only|know|may|might|already|will not|also )[a-z])|and|or|but|otherwise|else|here|instead|so|thus|"
    "(?:we |you )?(?:need|have|has|want|try|are going|make sure) to|helper (?:function |method )?(?:to|for)|(?:function|method|code|utility|script) (?:to|for|that)"
)
_LEAD: Final = re.compile(
    rf"(?:(?:to-?do|fixme|xxx|step)\b(?:\([^)]*\))?\s*\d*\s*[:：.\-]?\s*|\(?\d+(?:\.\d+)*[.)、:]\s*|(?:gh|bpo|issue)?\s*#\s?\d+:?\s+"
    rf"|[-*•>]\s+|\([^)]*\)\s+|(?:{_ADVERBS})\b[\s,:]+|re-)",
    re.IGNORECASE,
)
_OBJECT: Final = re.compile(
    r"(?:the|a|an|all|any|each|every|this|that|these|those|its|it|them|our|your|their|his|new|no|only|one|two|both|"
    r"if|whether|into|up|down|out|off|over|back|through|until|for|with|by|as|in|on|at|to|from|and|or|when|whatever|"
    r"what|how|which|where|default|current|previous|next|last|first|remaining|extra|missing|more|other|another|some|"
    r"`|\"|'|\[|\d|[a-z_]+_\w|[a-z]+[A-Z]\w|\w+\(|\w+\.\w)"
)
_REMARK: Final = re.compile(
    r"(?:do not|don't|try for|for [^,]*$|note|notice|nb|warning|caution|see|e\.g|i\.e|for example|example|ref\b|reference|source|credit|adapted|copied|"
    r"copy from|because|since|due to|this (?:is|was|will|should|can|has|may|might)|these are|there (?:is|are)|it's|"
    r"we (?:can|could|don't|do not|cannot|are|have|use|want|assume|only)|i|what|why|how|who|not|no|never|auto-?generated|"
    r"copyright|licen[sc]ed|https?:|fallback|deprecated|used (?:to|for|by|in)|same as|like|or)(?![a-z])",
    re.IGNORECASE,
)
_CONDITION: Final = re.compile(
    r"(?:if|when|whenever|once|in case|for|after|before|while|unless|until|on|as|given|with|without)\b[^,]*,\s*(?:then\s+)?",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    r"(?!This\b|[A-Z]+ is\b|These\b|It\b|There\b|We\b|You\b|They\b|If\b|When\b)(?:the\s+)?[`']?(?:[A-Z]\w*|\w+\(\)?|[a-z]\w*[A-Z_]\w+|\w+\.\w+)[`']?"
    r"\s+(?:\([^)]*\)\s+)?(?:(?:\w+ly|also|only|just)\s+)?(will [a-z]+|[a-z]+s)\b(?!\s+(?:to be|that)\b)"
)
_LOWER: Final = re.compile(
    r"[a-z]\w+ ([a-z]+s) (?:the|a|an|all|any|every|each|its|whether|if|to|[a-z]+ to)\b(?! \w+ (?:is|are)\b)"
)
_DESCRIBES: Final = frozenset(
    """
    exists uses needs contains represents holds stores refers relates expects requires includes points defines specifies presents
    lets plays follows keeps means indicates consists depends belongs looks goes comes works gives takes starts ends
    """.split()  # noqa: SIM905
)
_THAT: Final = re.compile(
    r"(?:[`\w]+ (?:is|returns) )?(?:an?|the)\b[^.;]*?\b(?:(?:that|which) (?:(?:can|will|may) (?P<plain>[a-z]+)|(?P<third>[a-z]+(?:-[a-z]+)?s))"
    r"|(?:helper|function|method|utility|decorator|wrapper|hook|script|routine|iterator|adaptor|adapter)(?: \w+)? (?:to|for) (?P<any>[a-z]+))\b",
    re.IGNORECASE,
)
_CLAUSES: Final = re.compile(r"[,;]\s+(?:and |or |but )?|\s+-+\s+|\bthen\b\s*|\bso\b\s+")
_ONLY: Final = re.compile(r"(?:just|simply) [a-z]+\.?")  # "… - just exit": nothing is meant but the verb
_HEADED: Final = re.compile(r"[^:：]{1,40}[:：]\s+(.+)", re.DOTALL)
_PREFIXED: Final = re.compile(r"(?:re|un|de|pre|dis|over|auto)-?(?=[a-z]{3})")
_IRREGULAR: Final = {
    "does": "do",
    "goes": "go",
    "has": "",
    "is": "",
    "was": "",
    "as": "",
    "this": "",
    "its": "",
}
_STATES: Final = re.compile(
    r"(?:[\w-]+ ){0,1}(?:is|are|was|were|has|have|had|can|cannot|will|must|should|may)\b"
)


def asks(sentence: str) -> bool:
    """Whether a sentence without comment marks says what code is to do."""
    text = _led(sentence.strip())
    if not text or _REMARK.match(text):
        return False
    if _verb_first(text):
        return True
    condition = _CONDITION.match(text)
    if condition and _verb_first(_led(text[condition.end() :])):
        return True
    named = _NAMED.match(text)
    if named and named[1] not in _DESCRIBES and _acts(named[1].removeprefix("will ")):
        return True
    lower = _LOWER.match(text)
    if lower and lower[1] not in _DESCRIBES and _acts(lower[1]):
        return True
    that = _THAT.match(text)
    if that and _acts((that["plain"] or that["third"] or that["any"]).lower().rpartition("-")[2]):
        return True
    headed = _HEADED.match(text)
    if headed and not headed[1].startswith(("{", "[", "//")) and _verb_first(_led(headed[1])):
        return True
    return any(_orders(clause) for clause in _CLAUSES.split(text)[1:4])


def _orders(clause: str) -> bool:
    """A later clause is an order of its own: "too early, reschedule", "is full, so drop the first"."""
    bare = _led(clause)
    if _ONLY.fullmatch(clause.strip()) and bare.rstrip(".") in _VERBS:
        return True
    word = re.match(r"[a-z]+", bare)
    if word is None or word.group() not in _VERBS or bare.startswith(("let ", "mean")):
        return False
    return word.group() not in _NOUNS or _OBJECT.match(bare[word.end() :].lstrip()) is not None


def _led(text: str) -> str:
    """Without numbers, adverbs and other words in front of the verb."""
    for _ in range(4):
        match = _LEAD.match(text)
        if not match:
            break
        text = text[match.end() :]
    return text


def _verb_first(text: str) -> bool:
    match = re.match(r"[“\"'`]?([A-Za-z]+)[”\"'`]?(?:-\w+)?(?:/\w+)?(?![\w(.:=\[])\s*(.*)", text, re.DOTALL)
    if match is None:
        return False
    word, rest = match[1].lower(), match[2]
    if _STATES.match(rest) and (word in _NOUNS or word.endswith("ing")):
        return False
    if word.endswith("ing") and _acts(word):
        subject = re.match(
            r"(?:[\w`]+ ){1,5}(?:ensures?|makes?|causes?|helps?|avoids?|implies|remains?|means|gives?|would|leads?|allows?)\b",
            rest,
        )
        return subject is None and (_OBJECT.match(rest) is not None or _plural(rest))
    if word in _VERBS:
        return word not in _NOUNS or (_OBJECT.match(rest) is not None and not _joined(rest)) or _takes(rest)
    if _PREFIXED.sub("", word, count=1) in _VERBS:
        return bool(rest)
    base = _base(word) if word.endswith("s") else ""
    # "Returns the sum"; but "Checks" alone and "Lists of words" are nouns.
    return (
        base in _VERBS and word not in _DESCRIBES - {"defines"} and bool(rest) and not rest.startswith("of ")
    )


def _joined(rest: str) -> bool:
    """A noun, as in "Map from name to state", "Filter or mask"."""
    return rest.startswith(("from ", "or ", "in ", "as ", "of "))


def _plural(rest: str) -> bool:
    """An object in the plural: "merging columns"."""
    return re.fullmatch(r"(?:[a-z-]+ ){0,2}[a-z-]{3,}s\.?", rest) is not None


def _takes(rest: str) -> bool:
    """What follows a word that is a noun too is its object, and not a noun that it describes."""
    words = re.findall(r"[\w-]+", rest.lower())[:4]
    if words[1:2] in (["by"], ["into"]) or (words[1:2] == ["from"] and " to " in rest):
        return True
    return bool(words) and words[0] not in _HEADS and (words[-1] not in _HEADS or len(words) > 2)


def _acts(word: str) -> bool:
    """A verb in any of the forms that follow "that", "to" or "for"."""
    if word in _VERBS or _base(word) in _VERBS:
        return True
    stem = word.removesuffix("ing")
    return stem != word and any(one in _VERBS for one in (stem, stem + "e", stem[:-1]))


def _base(word: str) -> str:
    """The plain form of the third person."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending, plain in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x")):
        if word.endswith(ending):
            return word.removesuffix(ending) + plain
    return word.removesuffix("s")
