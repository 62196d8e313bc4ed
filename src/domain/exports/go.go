// Lists the applications with an access token for the application: @NAME@
// go mod init example && go get golang.org/x/oauth2 && go run main.go
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"strings"

	"golang.org/x/oauth2/clientcredentials"
)

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func main() {
	log.SetFlags(0)
	config := clientcredentials.Config{
		ClientID:       setting("SIGNET_CLIENT_ID", @CLIENT_ID@),
		ClientSecret:   setting("SIGNET_CLIENT_SECRET", @CLIENT_SECRET@),
		TokenURL:       setting("SIGNET_TOKEN_URL", @TOKEN_URL@),
		Scopes:         strings.Fields(@SCOPE@),
		EndpointParams: url.Values{"resource": {@RESOURCE@}},
	}
	if config.ClientSecret == "" {
		log.Fatal("set SIGNET_CLIENT_SECRET to the application's secret")
	}
	response, err := config.Client(context.Background()).Get(setting("SIGNET_ENDPOINT", @ENDPOINT@) + "/api/applications")
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 200 {
		text, _ := io.ReadAll(response.Body)
		log.Fatalf("%s: %s", response.Status, text)
	}
	var applications []struct{ ID, Type, Name string }
	if err := json.NewDecoder(response.Body).Decode(&applications); err != nil {
		log.Fatal(err)
	}
	for _, application := range applications {
		fmt.Printf("%s  %s  %s\n", application.ID, application.Type, application.Name)
	}
}
