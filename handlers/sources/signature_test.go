package sources_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentreport/handlers/sources"
)

func sum(h func() hash.Hash, secret, text string) []byte {
	mac := hmac.New(h, []byte(secret))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// sign signs a request as a vendor does.
func sign(name, secret, address string, body []byte, at time.Time) http.Header {
	h := http.Header{}
	switch name {
	case "intercom":
		h.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(sum(sha1.New, secret, string(body))))
	case "hubspot":
		stamp := fmt.Sprint(at.UnixMilli())
		h.Set("X-HubSpot-Request-Timestamp", stamp)
		h.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(sum(sha256.New, secret, "POST"+address+string(body)+stamp)))
	}
	return h
}

func TestSignatures(t *testing.T) {
	const secret, path = "s3cret", "/v1/sources/x?a=b%20c&d=%2Fe"
	const public = "https://bot.example.com"
	body := []byte(`{"topic":"ping","text":"¿Sí? é"}`)
	for name, address := range map[string]string{"intercom": "", "hubspot": public + "/v1/sources/x?a=b%20c&d=/e"} { // HubSpot decodes %2F, and not %20
		c := config(t, name)
		c.Secret, c.PublicURL = secret, public+"/"
		good := sign(name, secret, address, body, now())
		for _, tt := range []struct {
			what   string
			header http.Header
			body   string
			ok     bool
			says   string
		}{
			{"as it is signed", good, string(body), true, ""},
			{"another body", good, string(body) + " ", false, "another body"},
			{"another encoding of the same", good, strings.Replace(string(body), "é", `\u00e9`, 1), false, "another body"},
			{"another secret", sign(name, "other", address, body, now()), string(body), false, "SECRET"},
			{"no signature", http.Header{}, string(body), false, "there is none"},
			{"nonsense", http.Header{"X-Hub-Signature": {"sha1=zz"}, "X-Hubspot-Signature-V3": {"%%"}, "X-Hubspot-Request-Timestamp": {good.Get("X-HubSpot-Request-Timestamp")}}, string(body), false, "another body"},
			{"another's address", sign(name, secret, address+"/y", body, now()), string(body), name == "intercom", "another body"},
			{"six minutes old", sign(name, secret, address, body, now().Add(-6*time.Minute)), string(body), name == "intercom", "clock"},
			{"six minutes ahead", sign(name, secret, address, body, now().Add(6*time.Minute)), string(body), name == "intercom", "clock"},
			{"four minutes old", sign(name, secret, address, body, now().Add(-4*time.Minute)), string(body), true, ""},
		} {
			err := c.Verify(&sources.Request{Method: http.MethodPost, Path: path, Header: tt.header, Body: []byte(tt.body)})
			if tt.ok != (err == nil) || err != nil && (!errors.Is(err, sources.ErrSignature) || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%s, %s: %v; want it taken: %t, %q", name, tt.what, err, tt.ok, tt.says)
			}
		}
		c.Secret = ""
		if err := c.Verify(&sources.Request{Method: http.MethodPost, Path: path, Header: good, Body: body}); err == nil || !strings.Contains(err.Error(), "_SECRET is not set") {
			t.Errorf("%s without a secret: %v", name, err)
		}
	}
}
