package handlers

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
	"github.com/slack-go/slack"
)

// Slack is what people do in Slack, as the bot sees it. Its methods are called
// after Slack has had its acknowledgement, but for Submit.
type Slack interface {
	Command(ctx context.Context, c slack.SlashCommand)
	Act(ctx context.Context, i slack.InteractionCallback)
	// Submit writes what a modal says before Slack has its answer. Then is done
	// after it, unless it is nil.
	Submit(ctx context.Context, i slack.InteractionCallback) (answer *slack.ViewSubmissionResponse, then func(context.Context))
	// Options are those of a menu for what a person has typed in it.
	Options(ctx context.Context, i slack.InteractionCallback) slack.OptionsResponse
	// Opened handles a person opening the App Home. After an error Slack is to send
	// the event again.
	Opened(ctx context.Context, event, user, team string) error
}

// Dispatch hands what comes from Slack to the bot, over HTTP and over Socket
// Mode alike.
type Dispatch struct {
	Slack Slack
	Log   *slog.Logger

	work chan struct{} // a place for each piece of work under way
	wg   sync.WaitGroup
	ctx  context.Context
	stop context.CancelFunc
}

const (
	// atOnce is how many pieces of work are under way at the same time; more
	// wait for their turn. Nearly all of it is waiting for Slack, so that slow
	// reports leave room for what must open a modal within three seconds.
	atOnce = 64
	// workLasts is how long one may take.
	workLasts = 2 * time.Minute
	// maxSlackBody is the size of a request of Slack's, with room to spare.
	maxSlackBody = 2 << 20
)

// NewDispatch makes a dispatch for a bot.
func NewDispatch(s Slack, log *slog.Logger) *Dispatch {
	d := &Dispatch{Slack: s, Log: log, work: make(chan struct{}, atOnce)}
	d.ctx, d.stop = context.WithCancel(context.Background())
	return d
}

// Drain waits for the work that is under way, as long as ctx lasts, and then
// ends what is left.
func (d *Dispatch) Drain(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		d.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	d.stop()
	<-done
}

// later does work after the acknowledgement.
func (d *Dispatch) later(f func(context.Context)) {
	d.wg.Go(func() {
		select {
		case d.work <- struct{}{}:
		case <-d.ctx.Done():
			return
		}
		defer func() { <-d.work }()
		ctx, cancel := context.WithTimeout(d.ctx, workLasts)
		defer cancel()
		defer d.survive()
		f(ctx)
	})
}

// survive keeps one person's request from ending everybody's bot, as net/http
// does for its handlers.
func (d *Dispatch) survive() {
	if p := recover(); p != nil {
		d.Log.Error("panic", "value", p, "stack", string(debug.Stack()))
	}
}

// command takes a slash command.
func (d *Dispatch) command(c slack.SlashCommand) {
	d.later(func(ctx context.Context) { d.Slack.Command(ctx, c) })
}

// slackEvent is what the Events API sends.
type slackEvent struct {
	Type      string `json:"type"`
	Challenge string `json:"challenge"`
	TeamID    string `json:"team_id"`
	EventID   string `json:"event_id"`
	Event     struct {
		Type string `json:"type"`
		User string `json:"user"`
		Tab  string `json:"tab"`
	} `json:"event"`
}

// event takes an event. It is acknowledged after the work: an event that Slack
// repeats because a process ended is the only one that there is.
func (d *Dispatch) event(ctx context.Context, e slackEvent) error {
	if e.Event.Type != "app_home_opened" || e.Event.Tab != "home" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, submitWithin)
	defer cancel()
	return d.Slack.Opened(ctx, e.EventID, e.Event.User, e.TeamID)
}

// menuOptions is the answer to a menu. Unlike slack.OptionsResponse it has its list
// also where that is empty: Slack shows an error for {}.
type menuOptions struct {
	Options []*slack.OptionBlockObject `json:"options"`
}

// options takes a menu that asks for its options.
func (d *Dispatch) options(ctx context.Context, i slack.InteractionCallback) menuOptions {
	ctx, cancel := context.WithTimeout(ctx, submitWithin)
	defer cancel()
	return menuOptions{append([]*slack.OptionBlockObject{}, d.Slack.Options(ctx, i).Options...)}
}

// submitWithin is how long a modal may take to be written: Slack waits for 3 s.
const submitWithin = 2 * time.Second

// interaction takes a button, a menu or a modal. What it returns is the answer,
// or nil for an empty one; then is to be called once the answer is sent.
func (d *Dispatch) interaction(ctx context.Context, i slack.InteractionCallback) (answer *slack.ViewSubmissionResponse, then func()) {
	then = func() {}
	switch i.Type {
	case slack.InteractionTypeBlockActions:
		then = func() { d.later(func(ctx context.Context) { d.Slack.Act(ctx, i) }) }
	case slack.InteractionTypeViewSubmission:
		ctx, cancel := context.WithTimeout(ctx, submitWithin)
		defer cancel()
		answer, show := d.Slack.Submit(ctx, i)
		if show != nil {
			then = func() { d.later(show) }
		}
		return answer, then
	}
	return nil, then
}

// fromSlack lets only requests through that Slack has signed in the last five
// minutes, and hands on their body.
func (s *Server) fromSlack(next func(w http.ResponseWriter, r *http.Request, body []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSlackBody))
		if err != nil {
			s.refuse(w, http.StatusRequestEntityTooLarge, "the request is too large or was cut off")
			return
		}
		verifier, err := slack.NewSecretsVerifier(r.Header, s.SigningSecret)
		if err == nil {
			_, err = verifier.Write(body)
		}
		if err == nil {
			err = verifier.Ensure()
		}
		if err != nil {
			s.Log.Warn("a request that Slack did not sign", "path", r.URL.Path)
			s.refuse(w, http.StatusUnauthorized, "the signature is wrong or too old: is SLACK_SIGNING_SECRET that of the app?")
			return
		}
		next(w, r, body)
	}
}

// asForm hands on the form that is a request's body.
func (s *Server) asForm(next func(w http.ResponseWriter, r *http.Request, form url.Values)) http.HandlerFunc {
	return s.fromSlack(func(w http.ResponseWriter, r *http.Request, body []byte) {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			s.refuse(w, http.StatusBadRequest, "the body is not a form")
			return
		}
		if form.Get("ssl_check") == "1" {
			return
		}
		next(w, r, form)
	})
}

func (s *Server) slackCommand(_ http.ResponseWriter, _ *http.Request, form url.Values) {
	s.Dispatch.command(commandOf(form.Get))
}

// slackEvents takes the Events API: the challenge with which Slack checks the
// address, and events.
func (s *Server) slackEvents(w http.ResponseWriter, r *http.Request, body []byte) {
	var e slackEvent
	if err := json.Unmarshal(body, &e); err != nil {
		s.refuse(w, http.StatusBadRequest, "the body is not JSON")
		return
	}
	if e.Type == "url_verification" {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, e.Challenge)
		return
	}
	if err := s.Dispatch.event(context.WithoutCancel(r.Context()), e); err != nil {
		s.away(w, err)
	}
}

// payload reads the interaction in a form.
func (s *Server) payload(w http.ResponseWriter, form url.Values) (i slack.InteractionCallback, ok bool) {
	if err := jsonv1.Unmarshal([]byte(form.Get("payload")), &i); err != nil {
		s.refuse(w, http.StatusBadRequest, "the payload is not JSON")
		return i, false
	}
	return i, true
}

func (s *Server) slackOptions(w http.ResponseWriter, r *http.Request, form url.Values) {
	if i, ok := s.payload(w, form); ok {
		s.write(w, http.StatusOK, s.Dispatch.options(r.Context(), i))
	}
}

func (s *Server) slackInteraction(w http.ResponseWriter, r *http.Request, form url.Values) {
	i, ok := s.payload(w, form)
	if !ok {
		return
	}
	answer, then := s.Dispatch.interaction(context.WithoutCancel(r.Context()), i)
	if answer != nil {
		s.write(w, http.StatusOK, answer)
	}
	then()
}

// commandOf reads a slash command from its form. The team is the person's.
func commandOf(field func(string) string) slack.SlashCommand {
	c := slack.SlashCommand{
		TeamID: field("team_id"), ChannelID: field("channel_id"), ChannelName: field("channel_name"), UserID: field("user_id"),
		Command: field("command"), Text: field("text"), ResponseURL: field("response_url"), TriggerID: field("trigger_id"),
	}
	if team := field("user_team_id"); team != "" {
		c.TeamID = team
	}
	return c
}
