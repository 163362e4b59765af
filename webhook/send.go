package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hatif/store"
)

// mostAnswer is how much of an answer is read; what it says does not matter.
const mostAnswer = 16 << 10

// A refusal is an answer other than 2xx.
type refusal struct {
	status string
	gone   bool          // 410: the receiver wants nothing more
	wait   time.Duration // so long at least, as the receiver says; 0: it does not say
	where  string        // of a redirect, which is not followed
}

func (r *refusal) Error() string {
	if r.where != "" {
		return fmt.Sprintf("it answers %s to %s, which is not followed: write that address into the file if it is right", r.status, redacted(r.where))
	}
	return "it answers " + r.status
}

// newClient makes requests with the transport: redirects are answers.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// transport is the one of all receivers. Certificates are verified.
func transport() http.RoundTripper {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, MaxIdleConns: 32, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: mostAnswer, ForceAttemptHTTP2: true,
	}
}

// send posts an event and returns when the receiver has taken it.
func (c Config) send(ctx context.Context, client *http.Client, e *store.Event, now time.Time) error {
	body, err := json.Marshal(e.Shown())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout(), fmt.Errorf("no answer within %v", c.timeout()))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	id, timestamp := e.Name(), strconv.FormatInt(now.Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "hatif")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", timestamp)
	req.Header.Set("Webhook-Signature", sign(c.keys(), id, timestamp, body))
	res, err := client.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return errors.Unwrap(err) // without the address, which may have a secret in it
	}
	_, err = io.Copy(io.Discard, io.LimitReader(res.Body, mostAnswer))
	if err := errors.Join(err, res.Body.Close()); err != nil && ctx.Err() == nil && res.StatusCode/100 != 2 {
		return fmt.Errorf("its answer breaks off: %w", err)
	}
	if res.StatusCode/100 == 2 {
		return nil
	}
	r := &refusal{status: res.Status, gone: res.StatusCode == http.StatusGone, wait: retryAfter(res.Header.Get("Retry-After"), now)}
	if res.StatusCode/100 == 3 {
		r.where = res.Header.Get("Location")
	}
	return r
}

// sign is the header's value: a signature by each key (Standard Webhooks, "Webhook signature").
func sign(keys [][]byte, id, timestamp string, body []byte) string {
	var all []string
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + timestamp + ".")) // a hash never fails
		mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " ")
}

// retryAfter is what the header asks for (RFC 9110, 10.2.3), within reason.
func retryAfter(value string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(seconds, 86400)) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestPause)
}
