package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"agentreport/handlers/sources"
)

// What the demo's sources are set up with. They are of this machine alone.
const (
	demoSecret = "demo-secret"
	demoToken  = "demo-token"
	demoPublic = "https://bot.example.com"
	demoVendor = "/vendor" // the stand-in of HubSpot's API, on the page's address
)

func demoSettings(address string) func(string) string {
	settings := map[string]string{
		"SOURCE_INTERCOM_SECRET": demoSecret, "SOURCE_HUBSPOT_SECRET": demoSecret, "SOURCE_HUBSPOT_PUBLIC_URL": demoPublic,
		"SOURCE_HUBSPOT_TOKEN": demoToken, "SOURCE_HUBSPOT_URL": address + demoVendor,
	}
	return func(name string) string { return settings[name] }
}

// demoWebhooks sends the bot what other systems send, as they would: signed, or with a
// token.
type demoWebhooks struct {
	sources map[string]*sources.Config
	began   time.Time // when the recorded conversations began
	app     string    // the bot's address
}

func (d *demoWebhooks) names() []string { return slices.Sorted(maps.Keys(d.sources)) }

// send sends a recorded webhook of a system.
func (d *demoWebhooks) send(ctx context.Context, name string) (what string, sent, answer []byte, err error) {
	what, sent = "POST /v1/sources/"+name, d.sources[name].Recorded(d.began)
	if name == "hubspot" { // its webhooks only name a thread
		sent = fmt.Appendf(nil, `[{"eventId": 1, "subscriptionType": "conversation.newMessage", "objectId": 356, "occurredAt": %d}]`, d.began.UnixMilli())
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.app+"/v1/sources/"+name, bytes.NewReader(sent))
	if err != nil {
		return what, sent, nil, err
	}
	switch name {
	case "intercom":
		mac := hmac.New(sha1.New, []byte(demoSecret))
		mac.Write(sent)
		r.Header.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(mac.Sum(nil)))
	case "hubspot":
		stamp := fmt.Sprint(time.Now().UnixMilli())
		mac := hmac.New(sha256.New, []byte(demoSecret))
		io.WriteString(mac, "POST"+demoPublic+"/v1/sources/hubspot"+string(sent)+stamp)
		r.Header.Set("X-HubSpot-Request-Timestamp", stamp)
		r.Header.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	default:
		r.Header.Set("Authorization", "Bearer "+demoToken)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return what, sent, nil, err
	}
	defer res.Body.Close()
	if answer, err = io.ReadAll(res.Body); err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the app answered %s: %s", res.Status, answer)
	}
	return what, sent, bytes.TrimSpace(answer), err
}

// vendor is HubSpot's API, with the one thread that the webhook names.
func (d *demoWebhooks) vendor(w http.ResponseWriter, r *http.Request) {
	var whole struct {
		Thread   jsontext.Value `json:"thread"`
		Messages jsontext.Value `json:"messagesResponse"`
	}
	if err := json.Unmarshal(d.sources["hubspot"].Recorded(d.began), &whole); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	switch path := strings.TrimPrefix(r.URL.Path, "/conversations/conversations/2026-09/threads"); path {
	case "": // the server looks for what is new every few minutes
		io.WriteString(w, `{"results": []}`)
	case "/356":
		w.Write(whole.Thread)
	case "/356/messages":
		w.Write(whole.Messages)
	default:
		http.NotFound(w, r)
	}
}
