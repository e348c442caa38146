// Package delivery brings the digest to its channels: it makes the message, draws and
// uploads its pictures, posts it once for each subscription and week, and says when it
// cannot.
package delivery

import (
	"context"
	"log/slog"
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
)

// Ledger is where every delivery and its steps are kept. The version of a delivery
// changes with every write by anybody; 0 is none.
type Ledger interface {
	Subscriptions(ctx context.Context) ([]reports.Subscription, error)
	Delivery(ctx context.Context, id string) (reports.Delivery, int64, error)
	InsertDelivery(ctx context.Context, d reports.Delivery) (bool, error)
	SwapDelivery(ctx context.Context, d reports.Delivery, version int64) (bool, error)
	// OpenDeliveries are those of which something is left to do.
	OpenDeliveries(ctx context.Context) ([]reports.Delivery, error)
}

// Store is what a sender needs of the store.
type Store interface {
	reports.Reader
	Ledger
}

// Sender delivers the digests of one workspace. Its fields are set before it is used.
type Sender struct {
	Slack   *slack.Client
	Store   Store
	Rules   reports.Rules
	CatchUp time.Duration // how late a digest is still posted
	Minutes float64       // that a person spends on a conversation; 0 where nobody said
	Owner   string        // names this process in the claims that it holds
	Log     *slog.Logger
	// Interactive says that Slack can reach the bot, over HTTP or Socket Mode.
	Interactive bool
	// Now is the clock; nil for the real one.
	Now func() time.Time
	// Wake has Run look at the schedules at once; it may be nil.
	Wake <-chan struct{}
	// Delivered is called with the final state of each delivery; it may be nil.
	Delivered func(reports.DeliveryState)
}

func (s *Sender) clock() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}
