// Package reports says what is true: the nouns of the domain and how figures come
// about. It is pure functions over plain data and imports nothing.
//
// An Event is one thing that happened in a conversation between a visitor and the
// AI customer agent. Events are facts; everything else is computed from them.
//
//   - A Conversation is all events of one id of a source: a chat thread, a ticket,
//     a phone number. It may never end.
//   - A Session is a part of a conversation with a long quiet before and after it.
//     Each session counts as a conversation in every figure.
//   - A session is handled if the agent was in it and the visitor gave a sign. Else
//     it is left to people, or unengaged: a greeting that nobody answered.
//   - It is handed off if the agent passed it to a human, or a human came in after
//     the agent.
//   - It is resolved if it was answered, nobody was unhappy, and either the agent
//     said so or it has been quiet for the window. A Definition says this otherwise.
//   - It is deflected if it was answered and no human was needed, which is wider:
//     the visitor may have been unhappy.
//
// Rules.Fold makes sessions of events, Session.Verdict decides their outcome, a
// Tally sums what sessions add to a day, and a Report is a function of tallies.
// What every figure means, with examples, is in docs/figures.md.
package reports
