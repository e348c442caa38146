package sources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"agentreport/reports"
)

// hubspot is HubSpot's Conversations API 2026-09 (HubSpot-public-api-spec-collection) and
// its webhooks, which name a thread and say nothing of it. The prefixes of actors are those
// of HubSpot's guide to the Conversations API.
var hubspot = &Source{
	Name: "hubspot", Title: "HubSpot",
	Gives:      []string{"messages", "handoffs", "assignments", "closes and reopens", "questions before a person took over"},
	Lacks:      []reports.Fact{reports.FactRatings, reports.FactOutcomes, reports.FactReasons, reports.FactQuestions},
	infersGaps: true,
	missing:    hubspotMissing,
	verify:     hubspotSigned,
	decode:     decodeHubspot,
	past:       hubspotPast,
	read:       hubspotRead,
	looks: func(has func(...string) bool) bool {
		return has("threadId", "messagesResponse") || has("thread", "messages") || has("thread", "messagesResponse") ||
			has("originalChannelId", "inboxId") || has("subscriptionType", "objectId")
	},
}

func hubspotMissing(c *Config) (missing []string) {
	if c.Secret != "" && c.PublicURL == "" {
		missing = append(missing, c.Variable("PUBLIC_URL")+" is not set: HubSpot signs the address that it calls, so its webhooks are refused")
	}
	if c.Secret != "" && c.Token == "" {
		missing = append(missing, c.Variable("TOKEN")+" is not set: HubSpot's webhooks only name conversations, which cannot be read")
	}
	return missing
}

const (
	hubspotAPI     = "https://api.hubapi.com"
	hubspotThreads = "/conversations/conversations/2026-09/threads"
	hubspotPage    = 100
)

// hubspotChannels are the channels of HubSpot's own; those of apps have other numbers.
var hubspotChannels = map[string]string{"1000": "chat", "1001": "messenger", "1002": "email"}

type hubspotThread struct {
	ID                     string    `json:"id"`
	CreatedAt              time.Time `json:"createdAt"`
	LatestMessageTimestamp time.Time `json:"latestMessageTimestamp"`
	Channel                string    `json:"originalChannelId"`
	Contact                string    `json:"associatedContactId"`
	Spam                   bool      `json:"spam"`
}

type hubspotMessage struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	CreatedAt time.Time `json:"createdAt"`
	CreatedBy string    `json:"createdBy"`
	Senders   []struct {
		ActorID string `json:"actorId"`
		Name    string `json:"name"`
	} `json:"senders"`
	Text   string `json:"text"`
	Status struct {
		Type string `json:"statusType"`
	} `json:"status"`
	AssignedTo   string `json:"assignedTo"`
	AssignedFrom string `json:"assignedFrom"`
	NewStatus    string `json:"newStatus"`
}

type hubspotMessages struct {
	Results []hubspotMessage `json:"results"`
	Paging  hubspotPaging    `json:"paging"`
}

type hubspotPaging struct {
	Next struct {
		After string `json:"after"`
	} `json:"next"`
}

// decodeHubspot reads the notifications of a webhook, which only name threads, or a thread
// with its messages.
func decodeHubspot(ctx context.Context, payload []byte, c *Config) (Batch, error) {
	var b Batch
	if jsontext.Value(payload).Kind() == '[' {
		var list []jsontext.Value
		if err := json.Unmarshal(payload, &list); err != nil {
			return b, err
		}
		for _, one := range list {
			part, err := decodeHubspot(ctx, one, c)
			if err != nil {
				return b, err
			}
			b.join(part)
		}
		b.Fetch = unique(b.Fetch)
		return b, nil
	}
	var in struct {
		SubscriptionType string          `json:"subscriptionType"`
		ObjectID         number          `json:"objectId"`
		Thread           *hubspotThread  `json:"thread"`
		Messages         jsontext.Value  `json:"messages"`
		Response         hubspotMessages `json:"messagesResponse"`
	}
	if err := json.Unmarshal(payload, &in); err != nil {
		return b, misshapen("not what HubSpot sends", err)
	}
	switch {
	case in.SubscriptionType != "":
		id := string(in.ObjectID)
		switch in.SubscriptionType {
		case "conversation.privacyDeletion":
			b.Erase = []string{id}
		case "conversation.creation", "conversation.newMessage", "conversation.propertyChange":
			b.Fetch = []string{id}
		default:
			b.ignore(in.SubscriptionType, "it is no news of a conversation")
		}
	case in.Thread != nil:
		messages := in.Response.Results
		if in.Messages != nil {
			var page hubspotMessages
			if err := errors.Join(json.Unmarshal(in.Messages, &messages)); err != nil {
				if err := json.Unmarshal(in.Messages, &page); err != nil {
					return b, misshapen("not HubSpot's messages", err)
				}
				messages = page.Results
			}
		}
		return c.hubspotEvents(in.Thread, messages), nil
	default:
		var thread hubspotThread
		if err := json.Unmarshal(payload, &thread); err != nil || thread.ID == "" {
			return b, errors.New("neither a thread with its messages nor a notification of HubSpot's")
		}
		b.Fetch = []string{thread.ID}
	}
	return b, nil
}

// hubspotActor is who an actor's id stands for.
func (c *Config) hubspotActor(id string) reports.Actor {
	if matches(c.Agents, id) {
		return reports.Agent
	}
	switch kind, _, _ := strings.Cut(id, "-"); kind {
	case "V", "E":
		return reports.Visitor
	case "L":
		return reports.Agent
	case "A":
		return reports.Human
	}
	return reports.System // bots, the system and integrations
}

// hubspotEvents are the events of a whole thread.
func (c *Config) hubspotEvents(t *hubspotThread, messages []hubspotMessage) Batch {
	var b Batch
	slices.SortStableFunc(messages, func(x, y hubspotMessage) int {
		return cmp.Or(x.CreatedAt.Compare(y.CreatedAt), cmp.Compare(x.ID, y.ID))
	})
	channel := hubspotChannels[t.Channel]
	if channel == "" && t.Channel != "" {
		channel = "channel " + t.Channel
	}
	event := func(m *hubspotMessage, kind reports.EventType, actor reports.Actor, by string) reports.Event {
		e := reports.Event{ID: m.ID, Type: kind, Conversation: t.ID, At: m.CreatedAt, Actor: actor, Channel: channel, Visitor: t.Contact}
		if actor == reports.Human {
			e.Member = reports.Member{ID: by}
			for _, s := range m.Senders {
				if s.ActorID == by {
					e.Member.Name = s.Name
				}
			}
		}
		if c.Account != "" {
			e.URL = fmt.Sprintf("https://app.hubspot.com/live-messages/%s/inbox/%s", url.PathEscape(c.Account), url.PathEscape(t.ID))
		}
		return e
	}
	b.add(event(&hubspotMessage{ID: t.ID + ":started", CreatedAt: t.CreatedAt}, reports.Started, "", ""))
	closed := false
	for i := range messages {
		m := &messages[i]
		by := m.CreatedBy
		if m.Type == "MESSAGE" && len(m.Senders) > 0 && m.Senders[0].ActorID != "" {
			by = m.Senders[0].ActorID // an integration may send for a person
		}
		actor := c.hubspotActor(by)
		switch m.Type {
		case "MESSAGE":
			if m.Status.Type == "FAILED" {
				b.ignore("message "+m.ID, "it was not delivered")
				continue
			}
			e := event(m, reports.Message, actor, by)
			e.Text = m.Text
			b.add(e)
		case "ASSIGNMENT":
			to, from := c.hubspotActor(m.AssignedTo), c.hubspotActor(m.AssignedFrom)
			switch {
			case m.AssignedTo == "":
				b.ignore("assignment "+m.ID, "it is to nobody")
			case to == reports.Human && (from == reports.Agent || strings.HasPrefix(m.AssignedFrom, "B-")):
				e := event(m, reports.Handoff, reports.Human, m.AssignedTo)
				e.Actor = ""
				b.add(e)
			case to == reports.Human || to == reports.Agent:
				b.add(event(m, reports.Assigned, to, m.AssignedTo))
			default:
				b.ignore("assignment "+m.ID, "it is to "+m.AssignedTo+", neither the agent nor a person")
			}
		case "THREAD_STATUS_CHANGE":
			switch {
			case m.NewStatus == "CLOSED":
				b.add(event(m, reports.Closed, actor, by))
				closed = true
			case m.NewStatus == "OPEN" && closed:
				b.add(event(m, reports.Reopened, actor, by))
				closed = false
			default:
				b.ignore("status "+m.ID, "the thread was open before")
			}
		case "COMMENT":
			b.ignore("comment "+m.ID, "it is between teammates")
		case "WELCOME_MESSAGE":
			b.ignore("welcome message "+m.ID, "nobody asked for it")
		default:
			b.ignore(strings.ToLower(m.Type)+" "+m.ID, "it is no part of the conversation")
		}
	}
	if t.Spam {
		last := &hubspotMessage{ID: t.ID + ":spam", CreatedAt: t.CreatedAt}
		e := event(last, reports.Closed, reports.System, "")
		e.Test, e.Reason = true, "spam"
		b.add(e)
	}
	b.Events = c.withAsked(b.Events)
	return b
}

// hubspotRead reads a thread and all its messages.
func hubspotRead(ctx context.Context, c *Config, id string) (Batch, error) {
	var t hubspotThread
	address := hubspotThreads + "/" + url.PathEscape(id)
	if err := c.call(ctx, http.MethodGet, hubspotAPI, address, http.Header{}, nil, &t); err != nil {
		return Batch{}, err
	}
	return c.hubspotWhole(ctx, &t)
}

func (c *Config) hubspotWhole(ctx context.Context, t *hubspotThread) (Batch, error) {
	var all []hubspotMessage
	query := url.Values{"limit": {fmt.Sprint(hubspotPage)}}
	for {
		var page hubspotMessages
		if err := c.call(ctx, http.MethodGet, hubspotAPI, hubspotThreads+"/"+url.PathEscape(t.ID)+"/messages?"+query.Encode(), http.Header{}, nil, &page); err != nil {
			return Batch{}, err
		}
		all = append(all, page.Results...)
		if page.Paging.Next.After == "" {
			return c.hubspotEvents(t, all), nil
		}
		query.Set("after", page.Paging.Next.After)
	}
}

// hubspotPast reads the threads with a message since a moment, the one whose latest message
// is oldest first.
func hubspotPast(ctx context.Context, c *Config, since time.Time, each func(Batch, time.Time) error) error {
	query := url.Values{"latestMessageTimestampAfter": {since.UTC().Format(time.RFC3339)}, "sort": {"latestMessageTimestamp"}, "limit": {fmt.Sprint(hubspotPage)}}
	for {
		var page struct {
			Results []hubspotThread `json:"results"`
			Paging  hubspotPaging   `json:"paging"`
		}
		if err := c.call(ctx, http.MethodGet, hubspotAPI, hubspotThreads+"?"+query.Encode(), http.Header{}, nil, &page); err != nil {
			return err
		}
		for i := range page.Results {
			t := &page.Results[i]
			b, err := c.hubspotWhole(ctx, t)
			if errors.Is(err, ErrGone) {
				continue // deleted since the page was made
			}
			if err == nil {
				err = each(b, t.LatestMessageTimestamp)
			}
			if err != nil {
				return err
			}
		}
		if page.Paging.Next.After == "" {
			return nil
		}
		query.Set("after", page.Paging.Next.After)
	}
}
