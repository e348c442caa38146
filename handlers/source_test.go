package handlers_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"agentreport/handlers"
	"agentreport/handlers/sources"
)

// withSources is a server that other systems may send to, with a stand-in of HubSpot's API.
func withSources(t *testing.T) (*api, *atomic.Int32) {
	t.Helper()
	a := start(t)
	thread, err := os.ReadFile("sources/testdata/hubspot/thread.json")
	if err != nil {
		t.Fatal(err)
	}
	var status atomic.Int32
	status.Store(http.StatusOK)
	part := func(name string) string {
		_, rest, _ := strings.Cut(string(thread), `"`+name+`": `)
		depth := 0
		for i, c := range rest {
			switch c {
			case '{':
				depth++
			case '}':
				if depth--; depth == 0 {
					return rest[:i+1]
				}
			}
		}
		t.Fatalf("no %s in the thread", name)
		return ""
	}
	whole, messages := part("thread"), part("messagesResponse")
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.Contains(r.URL.Path, "/threads/356"):
			w.WriteHeader(http.StatusNotFound)
		case status.Load() != http.StatusOK:
			w.WriteHeader(int(status.Load()))
		case strings.HasSuffix(r.URL.Path, "/messages"):
			io.WriteString(w, messages)
		default:
			io.WriteString(w, whole)
		}
	}))
	t.Cleanup(vendor.Close)
	all := map[string]*sources.Config{}
	for _, s := range sources.All {
		all[s.Name] = &sources.Config{Source: s, Names: s.Defaults, Secret: "s3cret", PublicURL: "https://bot.example.com"}
	}
	all["hubspot"].Token, all["hubspot"].URL = "token", vendor.URL
	h := &handlers.Server{Store: a.db, IngestToken: "fixed", Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Metrics: handlers.NewMetrics(), Sources: all}
	server := httptest.NewServer(h.Routes())
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a, &status
}

func hubspotHeaders(body string) []string {
	stamp := fmt.Sprint(time.Now().UnixMilli())
	mac := hmac.New(sha256.New, []byte("s3cret"))
	io.WriteString(mac, "POSThttps://bot.example.com/v1/sources/hubspot"+body+stamp)
	return []string{"X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(mac.Sum(nil)), "X-HubSpot-Request-Timestamp", stamp}
}

func intercomHeaders(body string) []string {
	mac := hmac.New(sha1.New, []byte("s3cret"))
	io.WriteString(mac, body)
	return []string{"X-Hub-Signature", "sha1=" + hex.EncodeToString(mac.Sum(nil))}
}

// TestWebhooks holds what becomes of what other systems send.
func TestWebhooks(t *testing.T) {
	a, status := withSources(t)
	read := func(file string) string {
		raw, err := os.ReadFile("sources/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	webhook, tracker := read("intercom/webhook.json"), read("rasa/tracker.json")
	const news = `[{"eventId":1,"subscriptionType":"conversation.newMessage","objectId":356,"messageId":"a2","occurredAt":1788883200142}]`
	const gone = `[{"subscriptionType":"conversation.creation","objectId":999}]`
	send := func(name, token, body string, headers ...string) (int, string) {
		t.Helper()
		res, answer := a.do(t, http.MethodPost, "/v1/sources/"+name, token, body, headers...)
		return res.StatusCode, answer
	}
	expect := func(what string, code int, answer string, want int, says string) {
		t.Helper()
		if code != want || !strings.Contains(answer, says) {
			t.Errorf("%s: %d %s; want %d with %s", what, code, answer, want, says)
		}
	}
	code, answer := send("intercom", "", webhook, intercomHeaders(webhook)...)
	expect("Intercom's", code, answer, 200, `"accepted":5,"duplicates":0`)
	code, answer = send("intercom", "", webhook, intercomHeaders(webhook)...)
	expect("the same again", code, answer, 200, `"accepted":0,"duplicates":5`)
	code, answer = send("intercom", "", webhook, intercomHeaders(webhook+" ")...)
	expect("a changed one", code, answer, 401, "SOURCE_INTERCOM_SECRET")
	code, answer = send("intercom", a.token, webhook)
	expect("a token for a signature", code, answer, 401, "there is none")
	if res, _ := a.do(t, http.MethodHead, "/v1/sources/intercom", "", ""); res.StatusCode != 200 {
		t.Errorf("HEAD: %d", res.StatusCode)
	}
	ping := `{"type":"notification_event","topic":"ping"}`
	code, answer = send("intercom", "", ping, intercomHeaders(ping)...)
	expect("a ping", code, answer, 200, `"accepted":0`)
	odd := `{"topic":"conversation.user.created","data":{"item":7}}`
	code, answer = send("intercom", "", odd, intercomHeaders(odd)...)
	expect("nonsense", code, answer, 422, "not a conversation")

	code, answer = send("rasa", a.token, tracker)
	expect("Rasa's", code, answer, 200, `"accepted":7`)
	code, answer = send("rasa", "", tracker)
	expect("Rasa's without a token", code, answer, 401, "token")
	code, answer = send("rasa", a.token, gz(tracker), "Content-Encoding", "gzip")
	expect("Rasa's in gzip", code, answer, 200, `"duplicates":7`)
	code, answer = send("nobody", a.token, tracker)
	expect("an unknown source", code, answer, 404, "botpress, dialogflow-cx, hubspot")

	// OpenTelemetry, in both of its forms, gives the same.
	traces := read("otlp/traces.json")
	export := func(path, body, kind string) (int, string) {
		t.Helper()
		res, answer := a.do(t, http.MethodPost, path, a.token, body, "Content-Type", kind)
		if got := res.Header.Get("Content-Type"); res.StatusCode == 200 && got != kind {
			t.Errorf("%s as %s is answered as %s", path, kind, got)
		}
		return res.StatusCode, answer
	}
	code, answer = export("/v1/traces", traces, "application/json")
	expect("traces as JSON", code, answer, 200, "{}")
	code, answer = export("/v1/traces", "{", "application/json")
	expect("broken JSON", code, answer, 400, "not traces of OTLP")
	code, answer = export("/v1/traces", "\xff", "application/x-protobuf")
	expect("broken protobuf", code, answer, 400, "not traces of OTLP")
	code, answer = export("/v1/traces", traces, "text/plain")
	expect("another type", code, answer, 415, "x-protobuf")
	code, answer = export("/v1/logs", read("otlp/logs.json"), "application/json")
	expect("logs", code, answer, 200, "{}")
	a.db.gone = true
	code, answer = export("/v1/traces", traces, "application/json")
	expect("traces while the store is away", code, answer, 503, "away")
	a.db.gone = false
	if all, err := a.db.Explain(t.Context(), "shop-agent", "conv_5j66"); err != nil || len(all) != 1 || len(all[0].Events) != 6 {
		t.Errorf("the conversation of the traces: %d, %v", len(all), err)
	}

	status.Store(http.StatusServiceUnavailable)
	code, answer = send("hubspot", "", news, hubspotHeaders(news)...)
	expect("HubSpot's while its API is away", code, answer, 503, "HubSpot")
	status.Store(http.StatusOK)
	code, answer = send("hubspot", "", news, hubspotHeaders(news)...)
	expect("HubSpot's", code, answer, 200, `"accepted":7`)
	code, answer = send("hubspot", "", gone, hubspotHeaders(gone)...)
	expect("one that was deleted", code, answer, 200, `not there any more`)
	a.db.gone = true
	code, answer = send("hubspot", "", news, hubspotHeaders(news)...)
	expect("while the store is away", code, answer, 503, "store")
	a.db.gone = false
	erase := `{"subscriptionType":"conversation.privacyDeletion","objectId":356}`
	code, answer = send("hubspot", "", erase, hubspotHeaders(erase)...)
	expect("an erasure", code, answer, 200, `"accepted":0`)
	x, err := a.db.Explain(t.Context(), "hubspot", "356")
	if err != nil || len(x) != 1 {
		t.Fatalf("%d conversations, %v", len(x), err)
	}
	for _, e := range x[0].Events {
		if !e.IsStripped() {
			t.Errorf("after the erasure there is %+v", e)
		}
	}
	if _, metrics := a.do(t, http.MethodGet, "/metrics", "", ""); !strings.Contains(metrics, `agent_report_source_events_total{result="unsigned",source="intercom"} 2`) ||
		!strings.Contains(metrics, `agent_report_source_last_event_seconds{source="rasa"} 1.78888341e+09`) ||
		!strings.Contains(metrics, `agent_report_source_last_event_seconds{source="hubspot"} 1.7888868e+09`) {
		t.Error("the metrics do not tell of the sources")
	}
	if list, err := a.db.Sources(t.Context()); err != nil || len(list) != 4 {
		t.Errorf("%+v, %v; want four sources", list, err)
	}
}
