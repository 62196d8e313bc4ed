// Lists the applications with an access token for the application: @NAME@
// dotnet new console, put this into Program.cs, dotnet run (.NET 6 or later)
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

string Setting(string name, string fallback) =>
    Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : fallback;

var clientId = Setting("SIGNET_CLIENT_ID", @CLIENT_ID@);
var clientSecret = Setting("SIGNET_CLIENT_SECRET", @CLIENT_SECRET@);
if (clientSecret.Length == 0)
{
    Console.Error.WriteLine("set SIGNET_CLIENT_SECRET to the application's secret");
    return 2;
}

using var client = new HttpClient();

var credentials = Uri.EscapeDataString(clientId) + ":" + Uri.EscapeDataString(clientSecret);
using var tokenRequest = new HttpRequestMessage(HttpMethod.Post, Setting("SIGNET_TOKEN_URL", @TOKEN_URL@))
{
    Content = new FormUrlEncodedContent(new Dictionary<string, string>
    {
        ["grant_type"] = "client_credentials",
        ["scope"] = @SCOPE@,
        ["resource"] = @RESOURCE@,
    }),
};
tokenRequest.Headers.Authorization =
    new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
using var tokenResponse = await client.SendAsync(tokenRequest);
tokenResponse.EnsureSuccessStatusCode();
using var token = JsonDocument.Parse(await tokenResponse.Content.ReadAsStringAsync());

client.DefaultRequestHeaders.Authorization =
    new AuthenticationHeaderValue("Bearer", token.RootElement.GetProperty("access_token").GetString());
using var applications = JsonDocument.Parse(
    await client.GetStringAsync(Setting("SIGNET_ENDPOINT", @ENDPOINT@) + "/api/applications"));
foreach (var application in applications.RootElement.EnumerateArray())
{
    Console.WriteLine($"{application.GetProperty("id")}  {application.GetProperty("type")}  {application.GetProperty("name")}");
}
return 0;
