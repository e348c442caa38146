package webhook

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"agentreport/reports"
)

// Store is where it is kept which answers the receiver has not taken yet.
type Store interface {
	// TellAnswers calls tell with each of them, and keeps for which it returned nil.
	TellAnswers(ctx context.Context, tell func(reports.Answer) error) (int, error)
}

// Outbox tells a receiver of every change of an answer until it takes it, however long
// that takes. An answer that it refuses does not hold back the others.
type Outbox struct {
	Hook  *Hook
	Store Store
	Log   *slog.Logger
	// Told is called after each round with how many answers were taken and what was wrong.
	Told func(n int, err error)

	later map[string]wait // by answer
	away  wait
}

// wait is when something is tried again that failed, and how long that pause is.
type wait struct {
	at    time.Time
	pause time.Duration
}

func (w wait) after(now time.Time) wait {
	pause := min(max(2*w.pause, firstPause), maxPause)
	return wait{now.Add(pause), pause}
}

// How often changed answers are looked for, and the pauses after a receiver did not take
// one.
const (
	lookEvery  = 2 * time.Second
	firstPause = 4 * time.Second
	maxPause   = 5 * time.Minute
)

// errLater is that of an answer whose time has not come.
var errLater = errors.New("later")

// Run tells until ctx ends.
func (o *Outbox) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	o.later = map[string]wait{}
	for {
		if time.Now().After(o.away.at) {
			o.round(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round tells each answer whose time has come. Where the receiver does not answer at all
// the others are left for later too.
func (o *Outbox) round(ctx context.Context) {
	var gone, refused error
	n, err := o.Store.TellAnswers(ctx, func(a reports.Answer) error {
		if gone != nil || time.Now().Before(o.later[a.ID].at) {
			return errLater
		}
		err := o.Hook.Tell(ctx, a)
		var r *RefusedError
		switch {
		case err == nil:
			delete(o.later, a.ID)
		case errors.As(err, &r):
			refused = err
			o.later[a.ID] = o.later[a.ID].after(time.Now())
			o.Log.Warn("answers webhook", "error", err, "again_in", o.later[a.ID].pause)
		default:
			gone = err
		}
		return err
	})
	switch {
	case ctx.Err() != nil:
		return
	case gone != nil:
		o.away = o.away.after(time.Now())
		o.Log.Warn("answers webhook", "error", gone, "again_in", o.away.pause)
	default:
		o.away = wait{}
		if err != nil && refused == nil && !errors.Is(err, errLater) {
			o.Log.Warn("answers webhook", "error", err)
			gone = err
		}
	}
	o.Told(n, errors.Join(gone, refused))
}
