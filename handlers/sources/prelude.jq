def ignored($what; $why): {ignored: $what, why: $why};
