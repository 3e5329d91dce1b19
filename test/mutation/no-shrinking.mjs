import fc from 'fast-check';

// One counterexample shows that a test notices a change. A smaller one would take many more runs.
fc.configureGlobal({ endOnFailure: true });
