// Package store remembers: events, what is folded from them, and what people
// set up. All semantics live here, once, over a narrow Backend.
package store

import "context"

// Doc is one stored document.
type Doc struct {
	ID string
	// Version is 1 when the document is inserted and one more after every write.
	Version int64
	// Keys are the values under which Find finds the document.
	Keys []Key
	// Body is a JSON object without an array directly inside another.
	Body []byte
}

// Key is one value of one declared index.
type Key struct{ Index, Value string }

// Collection is a named set of documents and the indexes that it declares.
type Collection struct {
	Name    string
	Indexes []Index
}

// Index is a way to find documents. A document has at most one value in it,
// or any number where Many is set.
type Index struct {
	Name string
	Many bool
}

// Query asks for documents: by exact values of an index (In), or by a range of
// it (From, inclusive, To, exclusive where not empty). An Index that is empty
// is the id. Documents come sorted by id for In, else by value, then id.
type Query struct {
	Index    string
	In       []string
	From, To string
	After    Cursor // continue after this document; with In, for one value alone
	Limit    int    // 0 for all; likewise
}

// Cursor is a place in the order of a query's documents.
type Cursor struct{ Value, ID string }

// Backend keeps documents. It has about the operations that every document
// database has, and promises no more than they do: each operation on a single
// document is atomic and durable when it returns; a batch is not, unless it
// runs inside Atomically and Atomic reports true. Backends are safe for
// concurrent use by any number of processes.
//
// An error means that the outcome is unknown: the operation may have happened.
// Backend errors wrap ErrAway where the database cannot be reached.
type Backend interface {
	// Declare makes the tables, columns and indexes of collections that are not
	// there yet. The other operations are for collections that were declared.
	Declare(ctx context.Context, collections ...*Collection) error

	// Insert adds each document whose id is not there yet, with version 1, and
	// reports for each whether it was added. Of several with one id in a call,
	// the first counts.
	Insert(ctx context.Context, c *Collection, docs []Doc) ([]bool, error)

	// Get returns those documents that exist, sorted by id.
	Get(ctx context.Context, c *Collection, ids []string) ([]Doc, error)

	// Find returns the documents of a query. At most one of In and From/To is
	// set; an index with Many knows In alone. The Keys of what it returns are
	// not filled in.
	Find(ctx context.Context, c *Collection, q Query) ([]Doc, error)

	// Swap replaces the body and keys of each document whose stored version is
	// the given one, and reports for each whether it did. Ids are distinct.
	Swap(ctx context.Context, c *Collection, docs []Doc) ([]bool, error)

	// Unset takes each document whose stored version is the given one out of an
	// index of one value, and the field of the index's name out of its body.
	Unset(ctx context.Context, c *Collection, index string, docs []Doc) error

	// Touch adds one to the version of each document and leaves its body as it
	// is. One that is not there is inserted with version 1 and the body {}.
	Touch(ctx context.Context, c *Collection, ids []string) error

	// Delete removes documents; one that is not there is no error.
	Delete(ctx context.Context, c *Collection, ids []string) error

	// Atomically runs f on a backend whose operations take effect together or
	// not at all, if Atomic reports true; else it just runs f.
	Atomically(ctx context.Context, f func(Backend) error) error
	Atomic() bool

	// Scrub removes every trace of deleted and overwritten documents from
	// what the backend itself keeps on disk.
	Scrub(ctx context.Context) error

	Ping(ctx context.Context) error
	Close() error
}

// The collections. What is not declared here cannot be searched for.
var (
	events = &Collection{"events", []Index{
		{Name: "conversation"}, // the conversation's key
		{Name: "pending"},      // set until the event is projected
		{Name: "noted"},        // type and time, of what the digest quotes
	}}
	conversations = &Collection{"conversations", []Index{
		{Name: "day", Many: true},     // every day to which it adds something
		{Name: "visitor", Many: true}, // every visitor in it
		{Name: "dirty"},               // set until its days are marked
		{Name: "strippable"},          // day of its oldest event that retention would strip
		{Name: "ungrouped"},           // time of its first question, until its questions are in topics
	}}
	tallies  = &Collection{Name: "tallies"} // id: day; the version counts how often it was marked
	cohorts  = &Collection{Name: "cohorts"} // id: day
	sources  = &Collection{Name: "sources"}
	erased   = &Collection{Name: "erased"} // id: conversation
	settings = &Collection{Name: "settings"}
	tokens   = &Collection{Name: "tokens"}
	journal  = &Collection{"journal", []Index{ // id: sequence number; every decision on topics
		{Name: "decided"},           // by a person: the latest first
		{Name: "about", Many: true}, // a topic, likewise by a person
	}}
	snapshots     = &Collection{Name: "snapshots"}                    // id: sequence number and part; what the journal gives up to there
	meanings      = &Collection{Name: "meanings"}                     // id: event; what a language model makes of a question
	answers       = &Collection{"answers", []Index{{Name: "untold"}}} // set until other systems know what it says
	ticks         = &Collection{"ticks", []Index{{Name: "changed"}}}  // id: view; what was ticked in a modal
	annotations   = &Collection{Name: "annotations"}
	receipts      = &Collection{"receipts", []Index{{Name: "at"}}} // id: of an event from Slack that was dealt with
	subscriptions = &Collection{Name: "subscriptions"}
	deliveries    = &Collection{"deliveries", []Index{
		{Name: "week"},
		{Name: "quoted", Many: true}, // conversations that its message quotes
		{Name: "open"},               // when it was due, while something is left to do
	}}
)

// Collections is every collection of the store.
var Collections = []*Collection{events, conversations, tallies, cohorts, sources, erased, settings, tokens, journal, snapshots, meanings, answers, ticks, annotations, receipts, subscriptions, deliveries}
