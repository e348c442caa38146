package reports

import "time"

// DeliveryState is how far a delivery has come, or one part of it.
type DeliveryState string

// The states. Claimed and Posting are under way; the others are final.
const (
	Claimed DeliveryState = "claimed" // a process prepares the message
	Posting DeliveryState = "posting" // a message may have left
	Posted  DeliveryState = "posted"  // the message is in the channel
	Failed  DeliveryState = "failed"  // given up
	Missed  DeliveryState = "missed"  // the bot was down when it was due, and for too long
)

// Delivery is one digest for one subscription and week, and everything that
// was done to bring it to the channel.
type Delivery struct {
	ID           string        `json:"id"`
	Subscription string        `json:"subscription"`
	Week         Week          `json:"week"`
	Due          time.Time     `json:"due"`
	Channel      string        `json:"channel"`
	State        DeliveryState `json:"state"`
	// Deadline is after when nothing is posted any more.
	Deadline time.Time `json:"deadline,omitzero"`
	// AsOf is the moment for which the figures hold, however often it is tried.
	AsOf time.Time `json:"as_of,omitzero"`

	Owner     string    `json:"owner,omitzero"` // the process that holds the claim
	ClaimedAt time.Time `json:"claimed_at"`     // when this delivery was first claimed
	RetryAt   time.Time `json:"retry_at,omitzero"`
	Attempts  int       `json:"attempts,omitzero"` // that failed

	// Parts are its messages in the order in which they are posted: the digest, then
	// its thread where it has one.
	Parts []Part `json:"parts,omitempty"`
	// Files are the pictures that were tried, each once.
	Files  []DeliveredFile `json:"files,omitempty"`
	TS     string          `json:"ts,omitzero"` // of the digest's message
	Steps  []Step          `json:"steps,omitempty"`
	Record *Record         `json:"record,omitzero"` // what the message said
	Quoted []string        `json:"quoted,omitempty"`
	// Manual deliveries were asked for by a person, whatever the schedule.
	Manual bool `json:"manual,omitzero"`
	// Refusal says in a word why it failed: Slack's own, or one of ours. Detail is what
	// stands beside. While it is under way they are those of the last refusal.
	Refusal string `json:"refusal,omitzero"`
	Detail  string `json:"detail,omitzero"`

	// Tell are the people and channels that have yet to be told that it failed or was
	// missed, and TellAt is when that is tried again.
	Tell   []string  `json:"tell,omitempty"`
	TellAt time.Time `json:"tell_at,omitzero"`
	// TellTries is how often that was tried.
	TellTries int  `json:"tell_tries,omitzero"`
	Told      bool `json:"told,omitzero"`   // somebody was told
	Warned    bool `json:"warned,omitzero"` // somebody was told that its result is not known yet
}

// Part is one message of a delivery.
type Part struct {
	// Key is in the message's metadata and makes it one.
	Key string `json:"key"`
	// State is Posting while the message may have left, Posted or Failed; else it is
	// yet to be posted.
	State DeliveryState `json:"state,omitzero"`
	TS    string        `json:"ts,omitzero"`
	// LeftAt is when it may last have left.
	LeftAt time.Time `json:"left_at,omitzero"`
	// Rung is how much was left out because Slack refused more.
	Rung Rung `json:"rung,omitzero"`
	// Again says that it is posted once more although nobody could find out whether it
	// is there: once in the life of a delivery.
	Again bool `json:"again,omitzero"`
}

// Rung is how much of a message is posted.
type Rung int

// The rungs, from the top of the ladder.
const (
	WholeMessage    Rung = iota
	WithoutPictures      // they are in the thread
	TextAlone
)

// DeliveredFile is a picture of a delivery.
type DeliveredFile struct {
	Name string `json:"name"`
	ID   string `json:"id,omitzero"` // Slack's; none where it could not be had
	// Refusal is why it could not be had.
	Refusal string `json:"refusal,omitzero"`
	Detail  string `json:"detail,omitzero"`
}

// Done reports whether nothing more will be posted.
func (d *Delivery) Done() bool { return d.State == Posted || d.State == Failed || d.State == Missed }

// Open reports whether there is something left to do: to post, or to tell.
func (d *Delivery) Open() bool { return !d.Done() || len(d.Tell) > 0 }

// Message is the part that is the digest. A delivery of an earlier version has no parts.
func (d *Delivery) Message() *Part {
	if len(d.Parts) == 0 {
		d.Parts = []Part{{Key: d.ID, TS: d.TS}}
		if d.State == Posting || d.State == Posted {
			d.Parts[0].State = d.State
		}
	}
	return &d.Parts[0]
}

// Thread is the part that is the digest's thread; nil where it has none.
func (d *Delivery) Thread() *Part {
	if len(d.Parts) < 2 {
		return nil
	}
	return &d.Parts[1]
}

// AddThread adds the part that is the digest's thread, unless it has one.
func (d *Delivery) AddThread() {
	if d.Thread() == nil {
		d.Parts = []Part{*d.Message(), {Key: d.ID + "/thread"}}
	}
}

// Step is one thing that was done for a delivery.
type Step struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	Note string    `json:"note,omitzero"` // an error, a file, a time stamp
}

// DeliveryID is the key of the digest of a subscription and week. There is
// exactly one digest for each.
func DeliveryID(subscription string, w Week) string { return subscription + "/" + string(w) }

// Record is what a digest said of its week, for the next one to compare with.
type Record struct {
	Week       Week             `json:"week"`
	Definition string           `json:"definition"`
	Filter     string           `json:"filter,omitzero"`
	At         time.Time        `json:"at"` // the moment for which it holds
	Values     map[string]Value `json:"values"`
	// Impact is what it said exactly; records of earlier versions have none.
	Impact *Impact `json:"impact,omitzero"`
}
