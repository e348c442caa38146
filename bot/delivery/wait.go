package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack"
)

// callTimeout is how long one call of Slack's may take. A post leaves, and its answer
// comes, within it or not at all.
const callTimeout = 30 * time.Second

// wait waits, unless the context ends first.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// backoff is how something is tried again and again.
type backoff struct {
	first, most time.Duration // the pause after the first time; it doubles up to the most
	within      time.Duration // no try begins later than this after the first; 0 for no end
	tries       int           // how many at most; 0 for no end
	// passes reports whether an error may be another by the next time.
	passes func(error) bool
	// before is called before a pause, and its error ends it all; it may be nil.
	before func(err error, pause time.Duration) error
}

// until does something until it succeeds, or its error does not pass, or there is no
// time left, and returns its last error. Where Slack says how long to wait, it waits.
func (b backoff) until(ctx context.Context, do func() error) error {
	start := time.Now()
	pause := b.first
	for n := 1; ; n++ {
		err := do()
		if err == nil || !b.passes(err) || n == b.tries || ctx.Err() != nil {
			return err
		}
		d := max(pause, retryAfter(err))
		if b.within > 0 && time.Since(start)+d > b.within {
			return err
		}
		if b.before != nil {
			if err := b.before(err, d); err != nil {
				return err
			}
		}
		if wait(ctx, d) != nil {
			return ctx.Err()
		}
		pause = min(2*pause, b.most)
	}
}

// retryAfter is how long Slack asked to wait.
func retryAfter(err error) time.Duration {
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return limited.RetryAfter
	}
	return 0
}

// callError is an error of a call of Slack's, so that what Slack did not do can be told
// from what our store did not.
type callError struct {
	what string
	err  error
}

func (e *callError) Error() string { return e.what + ": " + e.err.Error() }
func (e *callError) Unwrap() error { return e.err }

// call makes one call of Slack's.
func call(ctx context.Context, what string, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := f(ctx); err != nil {
		return &callError{what, err}
	}
	return nil
}

// read makes a call that only reads, and so does no harm twice: a few times, where it
// may pass.
func read(ctx context.Context, what string, f func(context.Context) error) error {
	b := backoff{first: time.Second, most: 10 * time.Second, within: 2 * time.Minute, tries: 4, passes: isPassing}
	return b.until(ctx, func() error { return call(ctx, what, f) })
}
