package reports

import (
	"slices"
	"time"
)

// Scope is what a token may be used for.
type Scope string

// The scopes.
const (
	ScopeIngest  Scope = "ingest"  // send events
	ScopeAnswers Scope = "answers" // read answers
	ScopeAdmin   Scope = "admin"   // erase
)

// Scopes lists every scope.
var Scopes = []Scope{ScopeIngest, ScopeAnswers, ScopeAdmin}

// Token is a bearer token of the HTTP API. The token itself is not stored.
type Token struct {
	Name      string    `json:"name"`
	Scopes    []Scope   `json:"scopes"`
	Source    string    `json:"source,omitzero"` // of events that name none
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at,omitzero"` // to the minute
	Hash      string    `json:"hash"`
}

// May reports whether the token has a scope.
func (t *Token) May(s Scope) bool { return slices.Contains(t.Scopes, s) }

// Recorded says what became of a batch of events.
type Recorded struct {
	Accepted   int
	Duplicates int
	Differing  int // of the duplicates: those with other contents than the first, which was kept
}

// Erased says what an erasure took.
type Erased struct {
	Conversations []string `json:"conversations"` // their keys
	// Messages are the Slack messages that quoted them, to be deleted by hand.
	Messages []QuotedIn `json:"messages"`
}

// QuotedIn is a Slack message that quotes a conversation.
type QuotedIn struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	Week    Week   `json:"week"`
}
