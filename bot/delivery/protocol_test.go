package delivery_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"agentreport/bot/delivery"
	"agentreport/bot/fakeslack"
	"agentreport/reports"
)

// stepsOf are the steps of a delivery by name, each with when it was done first.
func stepsOf(d reports.Delivery) map[string]time.Time {
	at := map[string]time.Time{}
	for _, s := range d.Steps {
		if _, ok := at[s.What]; !ok {
			at[s.What] = s.At
		}
	}
	return at
}

// TestTakeover holds that a claim is taken over when its owner is gone for long enough,
// and not before.
func TestTakeover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		// The owner waits for Slack to look at a picture when it dies.
		o.slack.Fail("files.info", fakeslack.Fault{Hang: true, Times: 100})
		ctx, die := context.WithTimeout(t.Context(), 10*time.Second)
		defer die()
		o.deliver(ctx, o.process("one", nil)) // it dies: what it returns is nobody's
		o.slack.FileDelay = 0
		if err := o.deliver(t.Context(), o.process("two", nil)); err != nil {
			t.Fatal(err)
		}
		at := stepsOf(o.delivery())
		if waited := at["taken over"].Sub(at["claimed"]); waited < 210*time.Second || waited > 5*time.Minute {
			t.Errorf("taken over after %s; want it after 210 s, soon", waited)
		}
		if n := len(o.digests(team)); n != 1 {
			t.Errorf("%d digests; want one", n)
		}
	})
}

// TestNoTakeoverWhileWaiting holds that a delivery which waits because Slack said so is
// left to its owner.
func TestNoTakeoverWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.slack.Fail("chat.postMessage", fakeslack.Fault{RetryAfter: 12 * time.Minute})
		var wg sync.WaitGroup
		for _, name := range []string{"one", "two"} {
			wg.Go(func() {
				if err := o.deliver(t.Context(), o.process(name, nil)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if _, taken := stepsOf(o.delivery())["taken over"]; taken || len(o.digests(team)) != 1 {
			t.Errorf("%d digests, taken over: %v; want one, by its owner", len(o.digests(team)), taken)
		}
	})
}

// TestTooLate holds that a delivery whose process comes back after the deadline is looked
// for once, where it may be there, and else nothing is attempted.
func TestTooLate(t *testing.T) {
	for name, tt := range map[string]struct {
		fault fakeslack.Fault
		state reports.DeliveryState
	}{
		"never posted": {fakeslack.Fault{Error: "ratelimited", Times: always}, reports.Failed},
		"posted":       {fakeslack.Fault{Hang: true, AfterWork: true}, reports.Posted},
		"perhaps":      {fakeslack.Fault{Hang: true}, reports.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t)
				o.slack.FileDelay = 0
				tt.fault.Channel = team
				o.slack.Fail("chat.postMessage", tt.fault)
				due := time.Now()
				week := reports.WeekOf(due, time.UTC).Add(-1)
				deliver := func(ctx context.Context, name string) error {
					return o.process(name, nil).Deliver(ctx, o.sub, week, due, reports.DeliveryID(o.sub.ID, week))
				}
				ctx, die := context.WithTimeout(t.Context(), 5*time.Second)
				defer die()
				deliver(ctx, "one")
				time.Sleep(25 * time.Hour)
				before := len(o.slack.Calls(""))
				if err := deliver(t.Context(), "two"); err != nil {
					t.Fatal(err)
				}
				if d := o.delivery(); d.State != tt.state {
					t.Errorf("%s; want %s: %+v", d.State, tt.state, d.Steps)
				}
				for _, c := range o.slack.Calls("")[before:] {
					if c.Method != "conversations.history" && c.Args["channel"] != "U00000000ED" {
						t.Errorf("%s %v after the deadline", c.Method, c.Args["channel"])
					}
				}
			})
		})
	}
}

// TestPostsUnderAFreshClaim holds that a post leaves within 90 s of a write that says
// whose the delivery is, also after Slack kept its owner waiting: another process could
// have taken it over meanwhile.
func TestPostsUnderAFreshClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.slack.Fail("chat.postMessage", fakeslack.Fault{RetryAfter: 100 * time.Second})
		time.AfterFunc(time.Minute, func() { o.slack.Fail("conversations.info", fakeslack.Fault{Hang: true, Times: 3}) })
		if err := o.deliver(t.Context(), o.process("one", nil)); err != nil {
			t.Fatal(err)
		}
		d := o.delivery()
		for i, s := range d.Steps {
			if s.What == "posting" && s.At.Sub(d.Steps[i-1].At) > 90*time.Second {
				t.Errorf("posted %s after the write before: %+v", s.At.Sub(d.Steps[i-1].At), d.Steps)
			}
		}
	})
}

// amnesiac is a store whose writes are done and then denied, as by a database that did
// them and whose answer was lost.
type amnesiac struct {
	delivery.Store
	mu   sync.Mutex
	left int // the write that is denied
}

func (a *amnesiac) SwapDelivery(ctx context.Context, d reports.Delivery, version int64) (bool, error) {
	ok, err := a.Store.SwapDelivery(ctx, d, version)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left--
	return ok && a.left != 0, err
}

// TestOwnWrite holds that a process knows its own write when it meets it, whichever it
// is: it does not wait until it takes over from itself.
func TestOwnWrite(t *testing.T) {
	for n := 1; n <= 7; n++ {
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t)
			start := time.Now()
			if err := o.deliver(t.Context(), o.process("one", &amnesiac{Store: o.store, left: n})); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > time.Minute || len(o.digests(team)) != 1 {
				t.Errorf("write %d denied: %d digests after %s; want one, at once", n, len(o.digests(team)), took)
			}
		})
	}
}

// TestRefusedIsNotPosting holds that after a refusal nobody looks for a message that
// cannot be there, whoever goes on.
func TestRefusedIsNotPosting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.slack.Fail("chat.postMessage", fakeslack.Fault{RetryAfter: 40 * time.Second})
		ctx, die := context.WithTimeout(t.Context(), 30*time.Second)
		defer die()
		o.deliver(ctx, o.process("one", nil))
		if err := o.deliver(t.Context(), o.process("two", nil)); err != nil {
			t.Fatal(err)
		}
		if n := len(o.slack.Calls("conversations.history")); n != 0 || len(o.digests(team)) != 1 {
			t.Errorf("the channel was read %d times, and has %d digests; want it unread, with one", n, len(o.digests(team)))
		}
	})
}

// TestUploadedOnce holds that pictures are brought to Slack once, however often the
// message is tried and by whom.
func TestUploadedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.slack.Fail("chat.postMessage", fakeslack.Fault{Error: "ratelimited", Times: 20})
		ctx, die := context.WithTimeout(t.Context(), time.Hour)
		defer die()
		o.deliver(ctx, o.process("one", nil))
		if err := o.deliver(t.Context(), o.process("two", nil)); err != nil {
			t.Fatal(err)
		}
		for name, n := range uploads(o) {
			if n != 1 {
				t.Errorf("%s was uploaded %d times; want once", name, n)
			}
		}
		if len(uploads(o)) != 4 || len(o.digests(team)) != 1 {
			t.Errorf("%d pictures, %d digests; want 4 and one", len(uploads(o)), len(o.digests(team)))
		}
	})
}

// TestThread holds that the thread has a key of its own: what happens to it never
// repeats the message, nor itself.
func TestThread(t *testing.T) {
	for name, f := range map[string]fakeslack.Fault{
		"timeout after the work":  {Hang: true, AfterWork: true},
		"timeout before the work": {Hang: true},
		"a word of no list":       {Error: "moon_in_retrograde", Times: always},
		"refused":                 {Error: "restricted_action_thread_locked", Times: always},
		"its blocks are refused":  {Error: "msg_blocks_too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t)
				o.slack.Fail("chat.postMessage", fakeslack.Fault{Error: "msg_blocks_too_long"}) // the pictures go to the thread
				f.After = 1
				o.slack.Fail("chat.postMessage", f)
				if err := o.deliver(t.Context(), o.process("one", nil)); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				want := 1
				if f.Times == always {
					want = 0
				}
				threads := 0
				for _, m := range o.slack.Messages(team) {
					if m.ThreadTS != "" {
						threads++
					}
				}
				if d := o.delivery(); len(o.digests(team)) != 1 || threads != want || d.State != reports.Posted {
					t.Errorf("%d digests, %d threads, %s; want 1, %d, posted\n%+v", len(o.digests(team)), threads, d.State, want, d.Steps)
				}
			})
		})
	}
}

// TestTold holds that a failure is told although Slack does not take it at first, to the
// owner and to the second channel, each once.
func TestTold(t *testing.T) {
	for name, f := range map[string]fakeslack.Fault{
		"at once":               {},
		"rate limited":          {RetryAfter: 50 * time.Second, Times: 3},
		"away for two hours":    {Error: "ratelimited", Times: 40},
		"away after the work":   {Status: 502, AfterWork: true},
		"away before the work":  {Status: 503, Times: 3},
		"a word of no list":     {Error: "moon_in_retrograde"},
		"for ever not possible": {Error: "user_not_found", Times: always},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t)
				const second = "C0000000005"
				o.slack.Change(second, func(c *fakeslack.Channel) { c.BotIsMember = true })
				o.slack.Change(team, func(c *fakeslack.Channel) { c.Archived = true })
				if err := o.store.ChangeSubscription(t.Context(), "team", "U1", func(s *reports.Subscription) { s.Alert = second }); err != nil {
					t.Fatal(err)
				}
				if f != (fakeslack.Fault{}) {
					f.Channel = "U00000000ED"
					o.slack.Fail("chat.postMessage", f)
				}
				ctx, stop := context.WithTimeout(t.Context(), 3*24*time.Hour) // the clock begins on a Saturday
				defer stop()
				var wg sync.WaitGroup
				for _, name := range []string{"one", "two"} {
					wg.Go(func() { o.process(name, nil).Run(ctx) })
				}
				wg.Wait()
				want := 1
				switch {
				case f.Times == always:
					want = 0
				case f.AfterWork:
					want = 2 // once more than never
				}
				if a, b := len(o.slack.Direct("U00000000ED")), len(o.slack.Messages(second)); a != want || b != 1 {
					t.Errorf("the owner was told %d times, the second channel %d; want %d and 1\n%+v", a, b, want, o.delivery().Steps)
				}
				if d := o.delivery(); d.State != reports.Failed || len(d.Tell) != 0 || d.Told != true {
					t.Errorf("recorded %s, still to be told: %q", d.State, d.Tell)
				}
			})
		})
	}
}

// TestSendNowResumed holds that a digest that a person asked for is done although the
// process that was asked dies.
func TestSendNowResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.slack.Fail("chat.postMessage", fakeslack.Fault{Hang: true, AfterWork: true})
		ctx, die := context.WithTimeout(t.Context(), 5*time.Second)
		defer die()
		if d, err := o.process("one", nil).SendNow(ctx, o.sub, "key"); err != nil || d.Done() {
			t.Fatalf("SendNow = %s, %v; want it under way", d.State, err)
		}
		run, stop := context.WithTimeout(t.Context(), 20*time.Minute)
		defer stop()
		o.process("two", nil).Run(run)
		if d := o.delivery(); d.State != reports.Posted || len(o.digests(team)) != 1 {
			t.Errorf("%s, %d digests; want it posted once", d.State, len(o.digests(team)))
		}
	})
}

// TestPausedMeanwhile holds that a delivery whose schedule is paused or removed while it
// is tried ends, and that nobody is told of what they did themselves.
func TestPausedMeanwhile(t *testing.T) {
	for name, change := range map[string]func(*reports.Subscription){
		"paused":  func(s *reports.Subscription) { s.Paused = true },
		"removed": func(s *reports.Subscription) { s.Removed = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t)
				o.slack.Fail("chat.postMessage", fakeslack.Fault{Error: "ratelimited", Times: 20})
				ctx, die := context.WithTimeout(t.Context(), time.Minute)
				defer die()
				o.deliver(ctx, o.process("one", nil))
				if err := o.store.ChangeSubscription(t.Context(), "team", "U1", change); err != nil {
					t.Fatal(err)
				}
				run, stop := context.WithTimeout(t.Context(), time.Hour)
				defer stop()
				o.process("two", nil).Run(run)
				if d := o.delivery(); d.State != reports.Failed || len(o.digests(team)) != 0 || len(o.slack.Direct("U00000000ED")) != 0 {
					t.Errorf("%s, %d digests, %d told; want it failed and nobody told", d.State, len(o.digests(team)), len(o.slack.Direct("U00000000ED")))
				}
			})
		})
	}
}

// TestRemovedWhileTrying holds that a process which tries for hours sees that the schedule
// was removed.
func TestRemovedWhileTrying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.slack.Fail("chat.postMessage", fakeslack.Fault{Error: "ratelimited", Times: 3})
		time.AfterFunc(time.Minute, func() {
			if err := o.store.RemoveSubscription(context.Background(), "team", "U1"); err != nil {
				t.Error(err)
			}
		})
		if err := o.deliver(t.Context(), o.process("one", nil)); err != nil {
			t.Fatal(err)
		}
		if d := o.delivery(); d.State != reports.Failed || len(o.digests(team)) != 0 {
			t.Errorf("%s, %d digests; want none after the schedule was removed", d.State, len(o.digests(team)))
		}
	})
}

// TestThreadEnds holds that two processes end the thread of a digest although Slack never
// says anything of its files: neither takes the delivery from the other for ever.
func TestThreadEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.slack.Fail("chat.postMessage", fakeslack.Fault{Error: "msg_blocks_too_long"})
		o.slack.Fail("files.info", fakeslack.Fault{Hang: true, Times: always})
		var wg sync.WaitGroup
		for _, name := range []string{"one", "two"} {
			wg.Go(func() {
				if err := o.deliver(t.Context(), o.process(name, nil)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		d := o.delivery()
		if took := d.Steps[len(d.Steps)-1].At.Sub(d.Due); d.State != reports.Posted || took > time.Hour || len(o.digests(team)) != 1 {
			t.Errorf("%s after %s, %d digests; want it posted once, within the hour", d.State, took, len(o.digests(team)))
		}
	})
}

// TestWarnedLater holds that the owner hears that a digest may be there twice although
// Slack does not take that at first.
func TestWarnedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.slack.Fail("chat.postMessage", fakeslack.Fault{Hang: true, AfterWork: true, Channel: team}, fakeslack.Fault{Error: "ratelimited", Times: 20, Channel: "U00000000ED"})
		o.slack.Fail("conversations.history", fakeslack.Fault{Error: "fatal_error", Times: always})
		if err := o.deliver(t.Context(), o.process("one", nil)); err != nil {
			t.Fatal(err)
		}
		if told := o.slack.Direct("U00000000ED"); len(told) != 1 || !strings.Contains(told[0].Text, "keep looking") {
			t.Errorf("told %+v; want once that it may be there twice", told)
		}
	})
}

// TestEarlierVersion holds what becomes of deliveries that a version without parts and
// deadlines began.
func TestEarlierVersion(t *testing.T) {
	for name, state := range map[string]reports.DeliveryState{"claimed": reports.Claimed, "posting": reports.Posting} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t)
				week := reports.WeekOf(time.Now(), time.UTC).Add(-1)
				id := reports.DeliveryID(o.sub.ID, week)
				if state == reports.Posting { // the message is there
					if err := o.deliver(t.Context(), o.process("old", nil)); err != nil {
						t.Fatal(err)
					}
					o.slack.Fail("conversations.history", fakeslack.Fault{Status: 500})
				}
				_, version, err := o.store.Delivery(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				d := reports.Delivery{ID: id, Subscription: "team", Week: week, Due: time.Now(), Channel: team, State: state, Owner: "old", ClaimedAt: time.Now()}
				if version == 0 {
					_, err = o.store.InsertDelivery(t.Context(), d)
				} else {
					_, err = o.store.SwapDelivery(t.Context(), d, version)
				}
				if err != nil {
					t.Fatal(err)
				}
				ctx, stop := context.WithTimeout(t.Context(), time.Hour)
				defer stop()
				o.process("new", nil).Run(ctx)
				if d := o.delivery(); d.State != reports.Posted || len(o.digests(team)) != 1 {
					t.Errorf("%s, %d digests; want it posted once: %+v", d.State, len(o.digests(team)), d.Steps)
				}
			})
		})
	}
}

// TestNobodyToTell holds that a failure without an owner is told in the channel itself,
// but for one that people outside can read.
func TestNobodyToTell(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*fakeslack.Channel)
		told   int
	}{
		"posting fails": {func(*fakeslack.Channel) {}, 1},
		"shared":        {func(c *fakeslack.Channel) { c.ExtShared = true }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t)
				o.sub.CreatedBy = ""
				o.slack.Change(team, tt.change)
				o.slack.Fail("chat.postMessage", fakeslack.Fault{Error: "ekm_access_denied"})
				if err := o.deliver(t.Context(), o.process("one", nil)); err != nil {
					t.Fatal(err)
				}
				if d := o.delivery(); d.State != reports.Failed || len(o.slack.Messages(team)) != tt.told {
					t.Errorf("%s, %d messages in the channel; want %d", d.State, len(o.slack.Messages(team)), tt.told)
				}
			})
		})
	}
}
