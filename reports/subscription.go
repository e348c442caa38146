package reports

import "time"

// Subscription is a digest that goes to one Slack channel on a schedule.
type Subscription struct {
	ID         string    `json:"id"`
	Channel    string    `json:"channel"`          // Slack channel id
	Schedule   string    `json:"schedule"`         // five cron fields, in Zone
	Zone       string    `json:"zone"`             // IANA name
	Language   string    `json:"language"`         // BCP 47
	Filter     string    `json:"filter,omitzero"`  // only conversations of this channel
	Definition string    `json:"definition"`       // preset
	CreatedBy  string    `json:"created_by"`       // Slack user id of whom to tell; empty where nobody is
	CreatedAt  time.Time `json:"created_at"`       // nothing is due before
	Paused     bool      `json:"paused,omitzero"`  // nothing is due meanwhile
	ActiveAt   time.Time `json:"active_at"`        // since when it is not paused; nothing is due before
	Managed    bool      `json:"managed,omitzero"` // kept as the environment says, at every start
}

// EnvironmentSubscription is the id of the subscription that the environment
// describes.
const EnvironmentSubscription = "environment"
