package fakeslack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answerWithin is how long Slack waits for an app.
const answerWithin = 3 * time.Second

// Sign is the signature that Slack puts on a request.
func Sign(secret string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%d:", at.Unix())
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// Answer is what the app answered to a request.
type Answer struct {
	Status int
	Body   []byte
	Took   time.Duration
}

// Trigger is a new trigger of a person, which opens one modal within 3 s.
func (s *Server) Trigger(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.id("trigger.")
	s.triggers[id] = trigger{user: user, at: s.now()}
	return id
}

// Command has a person type a slash command in a channel.
func (s *Server) Command(ctx context.Context, user, channel, command, text string) (Answer, error) {
	return s.CommandWith(ctx, user, channel, command, text, s.Trigger(user))
}

// CommandWith is Command with a trigger that there is: the same one again is the
// same command, which Slack sends again.
func (s *Server) CommandWith(ctx context.Context, user, channel, command, text, trigger string) (Answer, error) {
	s.mu.Lock()
	u, c := s.users[user], s.channels[channel]
	s.mu.Unlock()
	if u == nil || c == nil {
		return Answer{}, fmt.Errorf("no user %s or no channel %s", user, channel)
	}
	form := url.Values{
		"team_id": {TeamID}, "team_domain": {"stand-in"}, "api_app_id": {AppID}, "channel_id": {channel}, "channel_name": {c.Name},
		"user_id": {user}, "user_name": {u.Name}, "command": {command}, "text": {text}, "trigger_id": {trigger},
		"response_url": {s.responseURL(channel, user, "")},
	}
	if u.TeamID != TeamID && len(u.Teams) == 0 { // of another organisation
		form.Set("user_team_id", u.TeamID)
	}
	if s.OrgWide {
		form.Set("team_id", "")
	}
	payload := map[string]string{}
	for k, v := range form {
		payload[k] = v[0]
	}
	return s.deliver(ctx, "/slack/commands", "slash_commands", []byte(form.Encode()), "application/x-www-form-urlencoded", payload)
}

// Interact delivers an interaction: a button, a submission, a closed view, or
// an options request, to which it adds who and where.
func (s *Server) Interact(ctx context.Context, user string, payload map[string]any) (Answer, error) {
	s.mu.Lock()
	u := s.users[user]
	s.mu.Unlock()
	if u == nil {
		return Answer{}, fmt.Errorf("no user %s", user)
	}
	full := map[string]any{
		"team": map[string]any{"id": TeamID}, "api_app_id": AppID, "trigger_id": s.Trigger(user),
		"user": map[string]any{"id": u.ID, "team_id": u.TeamID, "name": u.Name},
	}
	for k, v := range payload {
		full[k] = v
	}
	raw, err := json.Marshal(full)
	if err != nil {
		return Answer{}, err
	}
	path := "/slack/interactions"
	if full["type"] == "block_suggestion" {
		path = "/slack/options"
	}
	body := []byte(url.Values{"payload": {string(raw)}}.Encode())
	return s.deliver(ctx, path, "interactive", body, "application/x-www-form-urlencoded", full)
}

// Event delivers an event of the Events API.
func (s *Server) Event(ctx context.Context, id string, event map[string]any) (Answer, error) {
	payload := map[string]any{
		"type": "event_callback", "team_id": TeamID, "api_app_id": AppID, "event_id": id, "event_time": s.now().Unix(), "event": event,
	}
	raw, err := json.Marshal(payload)
	if err != nil {
		return Answer{}, err
	}
	return s.deliver(ctx, "/slack/events", "events_api", raw, "application/json", payload)
}

// deliver sends over a socket where one is open, else over HTTP, signed.
func (s *Server) deliver(ctx context.Context, path, kind string, body []byte, contentType string, payload any) (Answer, error) {
	a, err := s.send(ctx, path, kind, body, contentType, payload)
	s.mu.Lock()
	defer s.mu.Unlock()
	said := any(a.Body)
	if err != nil {
		said = err.Error()
	}
	s.exchanged(true, path, payload, said)
	return a, err
}

func (s *Server) send(ctx context.Context, path, kind string, body []byte, contentType string, payload any) (Answer, error) {
	start := time.Now()
	if a, ok, err := s.overSocket(ctx, kind, payload); ok {
		a.Took = time.Since(start)
		return a, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.RequestURL+path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	at := time.Now() // a moved clock moves the workspace, not the wire
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("X-Slack-Signature", Sign(SigningSecret, at, body))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("operation_timeout: no answer within %s", answerWithin)
		}
		return Answer{}, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, answer, time.Since(start)}, err
}

// Limits of a response URL.
const (
	responseUses = 5
	responseLife = 30 * time.Minute
)

// replies is what a response URL stands for.
type replies struct {
	channel, user string
	uses          int
	at            time.Time
	last          string // the time stamp of the message that a replacement replaces
}

// responseURL makes a response URL. Original is the message that the person
// acted on, if any.
func (s *Server) responseURL(channel, user, original string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.id("response")
	s.replies[id] = &replies{channel: channel, user: user, at: s.now(), last: original}
	return s.URL + "/response/" + id
}

// Press has a person press a button or choose an option of a message. The
// element is as Slack describes it: action_id, type and value or
// selected_option.
func (s *Server) Press(ctx context.Context, user, channel, ts string, element map[string]any) (Answer, error) {
	action := map[string]any{"block_id": "made-by-slack", "action_ts": actionTS()}
	maps.Copy(action, element)
	return s.Interact(ctx, user, map[string]any{
		"type": "block_actions", "channel": map[string]any{"id": channel}, "response_url": s.responseURL(channel, user, ts),
		"container": map[string]any{"type": "message", "message_ts": ts, "channel_id": channel}, "actions": []map[string]any{action},
	})
}

// serveResponse takes what an app posts to a response URL.
func (s *Server) serveResponse(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Text            string          `json:"text"`
		Blocks          json.RawMessage `json:"blocks"`
		ResponseType    string          `json:"response_type"`
		ReplaceOriginal bool            `json:"replace_original"`
		DeleteOriginal  bool            `json:"delete_original"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		http.Error(w, "invalid_payload", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	to := s.replies[strings.TrimPrefix(r.URL.Path, "/response/")]
	if to == nil || to.uses >= responseUses || s.now().Sub(to.at) > responseLife {
		http.Error(w, "used_url", http.StatusNotFound)
		return
	}
	to.uses++
	defer s.change()
	c := s.channels[to.channel]
	old := slices.IndexFunc(c.Messages, func(m *Message) bool { return m.TS == to.last })
	if body.DeleteOriginal {
		if old >= 0 {
			c.Messages = slices.Delete(c.Messages, old, old+1)
		}
		fmt.Fprint(w, "ok")
		return
	}
	m := &Message{User: BotUser, Text: body.Text, Ephemeral: to.user}
	if body.ResponseType == "in_channel" {
		m.Ephemeral = ""
	}
	if len(body.Blocks) > 0 {
		if bad := s.checkBlocks(body.Blocks); len(bad) > 0 {
			http.Error(w, "invalid_blocks", http.StatusBadRequest)
			return
		}
		m.Blocks = body.Blocks
	}
	if body.ReplaceOriginal && old >= 0 {
		c.Messages[old].Text, c.Messages[old].Blocks, c.Messages[old].Edited = m.Text, m.Blocks, true
	} else {
		s.add(c, m)
		to.last = m.TS
	}
	fmt.Fprint(w, "ok")
}
