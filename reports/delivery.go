package reports

import "time"

// DeliveryState is how far a delivery has come.
type DeliveryState string

// The states. Claimed and Posting are under way; the others are final.
const (
	Claimed DeliveryState = "claimed" // a process prepares the message
	Posting DeliveryState = "posting" // the message may have left
	Posted  DeliveryState = "posted"  // the message is in the channel
	Failed  DeliveryState = "failed"  // given up, and told
	Missed  DeliveryState = "missed"  // the bot was down when it was due, and for too long
)

// Delivery is one digest for one subscription and week, and everything that
// was done to bring it to the channel. Its ID is what makes it one: it is also
// in the message's metadata.
type Delivery struct {
	ID           string        `json:"id"`
	Subscription string        `json:"subscription"`
	Week         Week          `json:"week"`
	Due          time.Time     `json:"due"`
	Channel      string        `json:"channel"`
	State        DeliveryState `json:"state"`

	Owner     string    `json:"owner,omitzero"` // the process that holds the claim
	ClaimedAt time.Time `json:"claimed_at"`     // when this delivery was first claimed
	RetryAt   time.Time `json:"retry_at,omitzero"`
	Attempts  int       `json:"attempts,omitzero"` // that failed

	TS     string   `json:"ts,omitzero"` // of the message
	Steps  []Step   `json:"steps,omitempty"`
	Record *Record  `json:"record,omitzero"` // what the message said
	Quoted []string `json:"quoted,omitempty"`
	// Manual deliveries were asked for by a person, whatever the schedule.
	Manual bool `json:"manual,omitzero"`
	// Refusal is Slack's word, or "other", for why it failed, and Detail what it
	// says beside.
	Refusal string `json:"refusal,omitzero"`
	Detail  string `json:"detail,omitzero"`
	Told    bool   `json:"told,omitzero"` // somebody was told that it failed or was missed
}

// Done reports whether nothing more will happen.
func (d *Delivery) Done() bool { return d.State == Posted || d.State == Failed || d.State == Missed }

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
}
