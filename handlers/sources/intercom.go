package sources

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"agentreport/reports"
)

// intercom is Intercom with Fin, by its public API description (Intercom-OpenAPI,
// descriptions/2.16; the states of 2.11 to 2.14 too). A webhook carries the conversation
// and its newest part.
var intercom = &Source{
	Name: "intercom", Title: "Intercom",
	Gives:      []string{"messages", "handoffs and why", "assignments", "closes and reopens", "ratings", "what Fin says was resolved", "questions without an answer of Fin's", "questions before a person took over"},
	infersGaps: true,
	verify:     intercomSigned,
	decode:     decodeIntercom,
	past:       intercomPast,
	read:       intercomRead,
	looks: func(has func(...string) bool) bool {
		return has("topic", "app_id", "data") || has("conversation_parts", "source") || has("ai_agent", "statistics") || has("type", "pages", "conversations")
	},
}

const (
	intercomAPI     = "https://api.intercom.io"
	intercomVersion = "2.16"
	intercomPage    = 150
)

type intercomAuthor struct {
	Type        string `json:"type"`
	ID          number `json:"id"`
	Name        string `json:"name"`
	FromAIAgent bool   `json:"from_ai_agent"`
}

// who is the actor that an author stands for. A bot that is no AI agent sends notes about
// office hours and the like.
func (a *intercomAuthor) who(c *Config) reports.Actor {
	switch {
	case a.FromAIAgent, a.Type == "bot" && matches(c.Agents, string(a.ID)):
		return reports.Agent
	case a.Type == "admin", a.Type == "team":
		return reports.Human
	case a.Type == "bot", a.Type == "":
		return reports.System
	}
	return reports.Visitor // user, lead, contact
}

type intercomConversation struct {
	Type      string `json:"type"`
	ID        number `json:"id"`
	CreatedAt unix   `json:"created_at"`
	UpdatedAt unix   `json:"updated_at"`
	Source    struct {
		Type        string         `json:"type"`
		ID          number         `json:"id"`
		DeliveredAs string         `json:"delivered_as"`
		Body        string         `json:"body"`
		Author      intercomAuthor `json:"author"`
		Attachments []any          `json:"attachments"`
	} `json:"source"`
	Contacts struct {
		Contacts []struct {
			ID number `json:"id"`
		} `json:"contacts"`
	} `json:"contacts"`
	Rating *struct {
		Rating    int    `json:"rating"`
		Remark    string `json:"remark"`
		CreatedAt unix   `json:"created_at"`
		UpdatedAt unix   `json:"updated_at"`
	} `json:"conversation_rating"`
	AIAgent *struct {
		SourceType      string `json:"source_type"`
		LastAnswerType  string `json:"last_answer_type"`
		ResolutionState string `json:"resolution_state"`
		Rating          int    `json:"rating"`
		RatingRemark    string `json:"rating_remark"`
		CreatedAt       unix   `json:"created_at"`
		UpdatedAt       unix   `json:"updated_at"`
	} `json:"ai_agent"`
	AIParticipated bool `json:"ai_agent_participated"`
	Parts          struct {
		Parts []intercomPart `json:"conversation_parts"`
		Total int            `json:"total_count"`
	} `json:"conversation_parts"`
}

type intercomPart struct {
	ID         number         `json:"id"`
	Type       string         `json:"part_type"`
	Body       string         `json:"body"`
	CreatedAt  unix           `json:"created_at"`
	Author     intercomAuthor `json:"author"`
	Redacted   bool           `json:"redacted"`
	AssignedTo *struct {
		Type string `json:"type"`
		ID   number `json:"id"`
	} `json:"assigned_to"`
}

// decodeIntercom reads a webhook's notification, a conversation with its parts, or a list
// of conversations, which has none.
func decodeIntercom(ctx context.Context, payload []byte, c *Config) (Batch, error) {
	var b Batch
	var in struct {
		Type  string `json:"type"`
		Topic string `json:"topic"`
		Data  struct {
			Item jsontext.Value `json:"item"`
		} `json:"data"`
		Conversations []jsontext.Value `json:"conversations"`
	}
	if err := json.Unmarshal(payload, &in); err != nil {
		return b, misshapen("not what Intercom sends", err)
	}
	switch {
	case in.Topic == "ping":
		b.ignore("ping", "it only asks whether somebody is there")
		return b, nil
	case in.Topic == "conversation.deleted":
		var item struct {
			ID number `json:"id"`
		}
		if err := json.Unmarshal(in.Data.Item, &item); err != nil || item.ID == "" {
			return b, errors.New("the notification of a deletion names no conversation")
		}
		b.Erase = []string{string(item.ID)}
		return b, nil
	case in.Topic != "" && !strings.HasPrefix(in.Topic, "conversation."):
		b.ignore(in.Topic, "it is no news of a conversation")
		return b, nil
	case in.Topic != "":
		var v intercomConversation
		if err := json.Unmarshal(in.Data.Item, &v); err != nil {
			return b, misshapen("not a conversation of Intercom's", err)
		}
		b = c.intercomEvents(&v, false)
		if c.Token != "" && v.AIAgent != nil && v.AIAgent.ResolutionState != "" {
			b.Fetch = []string{string(v.ID)} // what Fin makes of it is told of the whole
		}
		return b, nil
	case in.Conversations != nil:
		for _, raw := range in.Conversations {
			part, err := decodeIntercom(ctx, raw, c)
			if err != nil {
				return b, err
			}
			b.join(part)
		}
		return b, nil
	}
	var v intercomConversation
	if err := json.Unmarshal(payload, &v); err != nil || v.ID == "" {
		return b, errors.New("neither a notification nor a conversation of Intercom's")
	}
	if len(v.Parts.Parts) == 0 && v.Parts.Total == 0 && in.Type == "conversation" && !jsonHas(payload, "conversation_parts") {
		b.Fetch = []string{string(v.ID)}
		return b, nil
	}
	return c.intercomEvents(&v, true), nil
}

// intercomEvents are the events of a conversation: of all its parts where it is whole.
func (c *Config) intercomEvents(v *intercomConversation, whole bool) Batch {
	var b Batch
	id := string(v.ID)
	event := func(name string, at unix, kind reports.EventType, actor reports.Actor) reports.Event {
		e := reports.Event{ID: name, Type: kind, Conversation: id, At: at.Time, Actor: actor, Channel: intercomChannel(v.Source.Type)}
		if len(v.Contacts.Contacts) > 0 {
			e.Visitor = string(v.Contacts.Contacts[0].ID)
		}
		if c.Account != "" {
			e.URL = fmt.Sprintf("https://app.intercom.com/a/inbox/%s/inbox/conversation/%s", url.PathEscape(c.Account), url.PathEscape(id))
		}
		return e
	}
	by := func(e reports.Event, a *intercomAuthor) reports.Event {
		if e.Actor == reports.Human {
			e.Member = reports.Member{ID: string(a.ID), Name: a.Name}
		}
		return e
	}
	started := event(id+":began", v.CreatedAt, reports.Started, "")
	if who := v.Source.Author.who(c); v.Source.Author.Type != "" && (who == reports.System || who == reports.Agent) {
		started.Actor = who
	}
	if v.AIAgent != nil {
		started.Test = v.AIAgent.SourceType == "workflow_preview" || v.AIAgent.SourceType == "fin_preview"
	}
	b.add(started)
	if v.Source.Body != "" || len(v.Source.Attachments) > 0 {
		e := by(event(id+":source", v.CreatedAt, reports.Message, v.Source.Author.who(c)), &v.Source.Author)
		e.Text = plain(v.Source.Body)
		b.add(e)
	}
	human, lastAgent, asked := false, unix{}, reports.Event{}
	for i := range v.Parts.Parts {
		p := &v.Parts.Parts[i]
		who := p.Author.who(c)
		human = human || who == reports.Human && p.Type == "comment"
		if who == reports.Agent && p.CreatedAt.After(lastAgent.Time) {
			lastAgent = p.CreatedAt
		}
		part := func(kind reports.EventType) reports.Event {
			return by(event(string(p.ID), p.CreatedAt, kind, who), &p.Author)
		}
		switch p.Type {
		case "comment", "quick_reply":
			e := part(reports.Message)
			if !p.Redacted {
				e.Text = plain(p.Body)
			}
			b.add(e)
		case "close":
			b.add(part(reports.Closed))
		case "open":
			b.add(part(reports.Reopened))
		case "assignment", "assign_and_reopen":
			if to := p.AssignedTo; to != nil && to.Type == "admin" {
				e := event(string(p.ID), p.CreatedAt, reports.Assigned, reports.Human)
				e.Member.ID = string(to.ID)
				b.add(e)
			} else {
				b.ignore("assignment "+string(p.ID), "it is to a team or nobody")
			}
			if p.Type == "assign_and_reopen" {
				b.add(by(event(string(p.ID)+":reopened", p.CreatedAt, reports.Reopened, who), &p.Author))
			}
		case "note":
			b.ignore("note "+string(p.ID), "it is between teammates")
		default:
			b.ignore(p.Type+" "+string(p.ID), "it is no part of what was said")
		}
	}
	if f := v.AIAgent; f != nil && f.Rating > 0 {
		e := event(id+":ai_rating", first(f.CreatedAt, v.UpdatedAt), reports.Feedback, "")
		e.Score, e.Comment = f.Rating, f.RatingRemark
		b.add(e)
	}
	if !whole {
		return b
	}
	for _, e := range b.Events {
		if e.Type == reports.Message && e.Actor == reports.Visitor && e.Text != "" && !e.At.Before(asked.At) && (lastAgent.IsZero() || !e.At.After(lastAgent.Time)) {
			asked = e
		}
	}
	at := lastAgent
	if at.IsZero() {
		at = v.UpdatedAt
	}
	if f := v.AIAgent; f != nil {
		switch f.ResolutionState {
		case "confirmed_resolution":
			b.add(event(id+":confirmed_resolution", at, reports.Resolved, reports.Agent))
		case "escalated", "procedure_handoff", "routed_to_team":
			e := event(id+":handoff", at, reports.Handoff, "")
			e.Reason = f.ResolutionState
			b.add(e)
		case "negative_feedback":
			e := event(id+":negative_feedback", at, reports.Feedback, "")
			e.Rating = reports.Negative
			b.add(e)
		}
		if v.AIParticipated && f.LastAnswerType == "" && asked.Text != "" {
			e := event(id+":unanswered", unix{asked.At}, reports.Unanswered, "")
			e.Question = asked.Text
			b.add(e)
		}
	}
	switch r := v.Rating; {
	case v.AIAgent != nil && v.AIAgent.Rating > 0: // it is the same, or rates a person
	case r != nil && r.Rating > 0 && human:
		b.ignore("rating", "a person took part, and may be the one that was rated")
	case r != nil && r.Rating > 0:
		e := event(id+":rating", first(r.UpdatedAt, r.CreatedAt), reports.Feedback, "")
		e.Score, e.Comment = r.Rating, r.Remark
		b.add(e)
	}
	b.Events = c.withAsked(b.Events)
	return b
}

func intercomChannel(source string) string {
	switch source {
	case "", "conversation":
		return "chat"
	case "facebook":
		return "messenger"
	case "phone_call", "phone_switch":
		return "voice"
	}
	return source
}

func intercomHeader() http.Header { return http.Header{"Intercom-Version": {intercomVersion}} }

// intercomRead reads a conversation: its newest 500 parts, more are not to be had.
func intercomRead(ctx context.Context, c *Config, id string) (Batch, error) {
	var v intercomConversation
	if err := c.call(ctx, http.MethodGet, intercomAPI, "/conversations/"+url.PathEscape(id), intercomHeader(), nil, &v); err != nil {
		return Batch{}, err
	}
	b := c.intercomEvents(&v, true)
	if missing := v.Parts.Total - len(v.Parts.Parts); missing > 0 {
		b.ignore(fmt.Sprintf("%d parts of %s", missing, id), "Intercom gives the newest 500")
	}
	return b, nil
}

// intercomPast reads the conversations that changed since a moment, day by day: within a
// day Intercom's order is its own, and one that changes meanwhile comes again in a later
// day.
func intercomPast(ctx context.Context, c *Config, since time.Time, each func(Batch, time.Time) error) error {
	for day := since; day.Before(c.now()); day = day.Add(24 * time.Hour) {
		err := c.intercomDay(ctx, day, each)
		var refused *refusedError
		if errors.As(err, &refused) && refused.code < 500 {
			err = c.intercomDay(ctx, day, each) // a cursor that expired; what was read counts once
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) intercomDay(ctx context.Context, day time.Time, each func(Batch, time.Time) error) error {
	type filter struct {
		Field    string `json:"field"`
		Operator string `json:"operator"`
		Value    string `json:"value"`
	}
	var ask struct {
		Query struct {
			Operator string   `json:"operator"`
			Value    []filter `json:"value"`
		} `json:"query"`
		Pagination struct {
			PerPage       int    `json:"per_page"`
			StartingAfter string `json:"starting_after,omitzero"`
		} `json:"pagination"`
	}
	ask.Query.Operator = "AND"
	ask.Query.Value = []filter{{"updated_at", ">", fmt.Sprint(day.Unix() - 1)}, {"updated_at", "<", fmt.Sprint(day.Add(24*time.Hour).Unix() + 1)}}
	ask.Pagination.PerPage = intercomPage
	for {
		var page struct {
			Conversations []struct {
				ID number `json:"id"`
			} `json:"conversations"`
			Pages struct {
				Next *struct {
					StartingAfter string `json:"starting_after"`
				} `json:"next"`
			} `json:"pages"`
		}
		if err := c.call(ctx, http.MethodPost, intercomAPI, "/conversations/search", intercomHeader(), ask, &page); err != nil {
			return err
		}
		for _, v := range page.Conversations {
			b, err := intercomRead(ctx, c, string(v.ID))
			if errors.Is(err, ErrGone) {
				continue
			}
			if err == nil {
				err = each(b, day)
			}
			if err != nil {
				return err
			}
		}
		if page.Pages.Next == nil || page.Pages.Next.StartingAfter == "" {
			return nil
		}
		ask.Pagination.StartingAfter = page.Pages.Next.StartingAfter
	}
}
