package handlers

import (
	"context"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// reconnectAfter is how long a socket that could not be opened is left alone;
// it doubles up to a minute.
const reconnectAfter = time.Second

// Listen takes what comes over Socket Mode until ctx ends. It connects again
// whenever Slack closes the connection.
func (d *Dispatch) Listen(ctx context.Context, client *slack.Client) {
	for wait := reconnectAfter; ctx.Err() == nil; wait = min(2*wait, time.Minute) {
		start := time.Now()
		err := d.listen(ctx, client)
		if ctx.Err() != nil {
			return
		}
		if time.Since(start) > time.Minute {
			wait = reconnectAfter
		}
		d.Log.Warn("Socket Mode: no connection", "error", err, "again_in", wait)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// listen takes what comes until the connection cannot be opened again.
func (d *Dispatch) listen(ctx context.Context, client *slack.Client) error {
	socket := socketmode.New(client)
	var busy sync.WaitGroup
	defer busy.Wait()
	ended := make(chan error, 1)
	go func() { ended <- socket.RunContext(ctx) }()
	for {
		select {
		case err := <-ended:
			return err
		case e := <-socket.Events:
			// A form that takes its time does not keep the others waiting.
			busy.Go(func() { d.receive(ctx, socket, e) })
		}
	}
}

// receive acknowledges and hands on. What cannot be read is acknowledged too,
// or Slack would show the person an error for what will never work.
func (d *Dispatch) receive(ctx context.Context, socket *socketmode.Client, e socketmode.Event) {
	defer d.survive()
	log := d.Log
	switch e.Type {
	case socketmode.EventTypeConnected:
		log.Info("Socket Mode: connected")
	case socketmode.EventTypeInvalidAuth:
		log.Error("Socket Mode: SLACK_APP_TOKEN is refused: 'agent-report doctor' says more")
	case socketmode.EventTypeErrorBadMessage, socketmode.EventTypeIncomingError, socketmode.EventTypeConnectionError:
		log.Warn("Socket Mode", "event", string(e.Type))
	}
	if e.Request == nil || e.Request.EnvelopeID == "" {
		return
	}
	then := func() {}
	var answer any
	switch data := e.Data.(type) {
	case slack.SlashCommand:
		var fields map[string]any
		if err := json.Unmarshal(e.Request.Payload, &fields); err != nil {
			log.Warn("Socket Mode: a command that cannot be read", "error", err)
			break
		}
		then = func() {
			d.command(commandOf(func(name string) string {
				value, _ := fields[name].(string)
				return value
			}))
		}
	case slackevents.EventsAPIEvent:
		var event slackEvent
		err := json.Unmarshal(e.Request.Payload, &event)
		if err == nil {
			err = d.event(ctx, event)
		}
		if err != nil {
			log.Error("Socket Mode: event", "error", err)
			return // Slack sends it again
		}
	case slack.InteractionCallback:
		if data.Type == slack.InteractionTypeBlockSuggestion {
			answer = d.options(ctx, data)
			break
		}
		response, after := d.interaction(ctx, data)
		if response != nil {
			answer = response
		}
		then = after
	}
	if err := socket.AckCtx(ctx, e.Request.EnvelopeID, answer); err != nil && ctx.Err() == nil {
		log.Warn("Socket Mode: acknowledgement", "error", err)
		return // Slack sends it again
	}
	then()
}
