<?php
// Lists the applications with an access token for the application: @NAME@
// php list-applications.php (PHP 8 with the curl extension)

function setting(string $name, string $fallback): string
{
    return getenv($name) ?: $fallback;
}

/** The JSON that the server answers. */
function send(string $url, array $options): array
{
    $curl = curl_init($url);
    curl_setopt_array($curl, $options + [CURLOPT_RETURNTRANSFER => true]);
    $answer = curl_exec($curl);
    if ($answer === false) {
        throw new RuntimeException(curl_error($curl));
    }
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    if ($status !== 200) {
        throw new RuntimeException("$status: $answer");
    }
    return json_decode($answer, true, 64, JSON_THROW_ON_ERROR);
}

$endpoint = setting('SIGNET_ENDPOINT', @ENDPOINT@);
$clientId = setting('SIGNET_CLIENT_ID', @CLIENT_ID@);
$clientSecret = setting('SIGNET_CLIENT_SECRET', @CLIENT_SECRET@);
if ($clientSecret === '') {
    fwrite(STDERR, "set SIGNET_CLIENT_SECRET to the application's secret\n");
    exit(2);
}

$token = send(setting('SIGNET_TOKEN_URL', @TOKEN_URL@), [
    CURLOPT_HTTPHEADER => ['Authorization: Basic ' . base64_encode(urlencode($clientId) . ':' . urlencode($clientSecret))],
    CURLOPT_POSTFIELDS => http_build_query([
        'grant_type' => 'client_credentials',
        'scope' => @SCOPE@,
        'resource' => @RESOURCE@,
    ]),
]);
$applications = send("$endpoint/api/applications", [
    CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . $token['access_token']],
]);
foreach ($applications as $application) {
    echo "{$application['id']}  {$application['type']}  {$application['name']}\n";
}
