/**
 * English words that occur in every text and say nothing of its subject: articles, pronouns, prepositions, conjunctions,
 * auxiliary verbs. Luhn removes them before he counts.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a about above after again against all also am an and any are as at be because been before being below between both but
  by can cannot could did do does doing down during each either else ever every few for from further get got had has have
  having he her here hers herself him himself his how however i if in into is it its itself just let like may me might
  more most much must my myself no nor not now of off on once one only or other our ours ourselves out over own per
  please rather same shall she should since so some still such than that the their theirs them themselves then there
  therefore these they this those though through thus to too under until up upon us very via was we were what when where
  whether which while who whom whose why will with within without would yes yet you your yours yourself yourselves don't
  doesn't didn't isn't aren't wasn't weren't can't couldn't won't wouldn't shouldn't i'm i've i'll it's that's there's
  we're you're they're`.split(/\s+/),
);
