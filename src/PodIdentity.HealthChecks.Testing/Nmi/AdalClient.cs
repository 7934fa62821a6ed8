using System.Text;
using PodIdentity.HealthChecks.Testing.Imds;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Nmi;

/// <summary>A token, or the status and text with which NMI reports that there is none.</summary>
internal sealed record Refresh(TokenResponse? Token, int Status, string Error)
{
    public static Refresh Failed(int status, string error) => new(null, status, error);
}

/// <summary>
/// The client within NMI that gets tokens from IMDS (go-autorest's adal): five attempts at 0, 2, 8, 22 and 52 s,
/// whether or not anyone still waits for the answer, and a last wait of 60 s before it gives up.
/// </summary>
internal sealed class AdalClient(ImdsUpstream imds, SimulatorClock clock, Func<CancellationToken> process)
{
    private const string Path = "/metadata/identity/oauth2/token";
    private const string Host = "169.254.169.254";

    private static readonly TimeSpan[] WaitsAfterAttempts =
        [TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(14), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60)];

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);
    private static readonly Dictionary<string, string> Headers = new(StringComparer.OrdinalIgnoreCase) { ["Metadata"] = "true" };
    private static readonly HttpClient Redirected = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan, // as long as NMI's process lives
    };

    /// <summary>Gets a token. It runs on when the caller has left, and ends with NMI's process.</summary>
    public async Task<Refresh> RefreshAsync(string clientId, string resource, CancellationToken callerLeft)
    {
        var query = new Query().Add("api-version", "2018-02-01").Add("resource", resource);
        if (clientId.Length > 0)
        {
            query.Add("client_id", clientId);
        }

        return await RefreshAsync(query.ToString(), process()).WaitAsync(callerLeft).ConfigureAwait(false);
    }

    private async Task<Refresh> RefreshAsync(string query, CancellationToken cancellationToken)
    {
        var url = $"http://{Host}{Path}?{query}";
        var result = Refresh.Failed(0, "");
        foreach (var wait in WaitsAfterAttempts)
        {
            var answer = await imds.AskAsync("GET", Path, "?" + query, Headers, cancellationToken).ConfigureAwait(false);
            answer = await FollowAsync(answer, cancellationToken).ConfigureAwait(false);
            switch (answer.Delivery)
            {
                case Delivery.Silent or Delivery.Dripping:
                    await clock.Forever(cancellationToken).ConfigureAwait(false);
                    break;
                case Delivery.Dropped:
                    await clock.Delay(ConnectTimeout, cancellationToken).ConfigureAwait(false);
                    result = ExecutionFailed(url, $"dial tcp {Host}:80: i/o timeout");
                    break;
                case Delivery.Refused:
                    result = ExecutionFailed(url, $"dial tcp {Host}:80: connect: connection refused");
                    break;
                case Delivery.Truncated:
                    return Refresh.Failed(503, "adal: Failed to read a new service principal token during refresh. Error = 'unexpected EOF'");
                default:
                    if (answer.Status == 302)
                    {
                        result = ExecutionFailed(url, "302 response missing Location header");
                        break;
                    }

                    result = Read(answer, url);
                    if (answer.Status is not (404 or 410 or 429 or >= 500))
                    {
                        return result;
                    }

                    break;
            }

            await clock.Delay(wait, cancellationToken).ConfigureAwait(false);
        }

        return result;
    }

    private static Refresh ExecutionFailed(string url, string cause) =>
        Refresh.Failed(503, $"adal: Failed to execute the refresh request. Error = 'Get \"{url}\": {cause}'");

    private static Refresh Read(Answer answer, string url)
    {
        var body = Encoding.UTF8.GetString(answer.Body.Span);
        if (answer.Status != 200)
        {
            return Refresh.Failed(403, $"adal: Refresh request failed. Status Code = '{answer.Status}'. Response body: {body} Endpoint {url}");
        }

        if (body.Trim(' ').Length == 0)
        {
            return Refresh.Failed(503, "adal: Empty service principal token received during refresh");
        }

        return GoJson.ErrorOf(body) is { } error
            ? Refresh.Failed(403, $"adal: Failed to unmarshal the service principal token during refresh. Error = '{error}' JSON = '{body}'")
            : new Refresh(TokenResponse.Parse(body), 200, "");
    }

    /// <summary>Go's HTTP client follows redirects.</summary>
    private static async Task<Answer> FollowAsync(Answer answer, CancellationToken cancellationToken)
    {
        var location = answer.Status == 302 ? answer.Headers.FirstOrDefault(h => h.Key.Equals("Location", StringComparison.Ordinal)).Value : null;
        if (location is null)
        {
            return answer;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(location));
        request.Headers.Add("Metadata", "true");
        try
        {
            using var response = await Redirected.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return new((int)response.StatusCode, [], body);
        }
        catch (HttpRequestException)
        {
            return Answer.Silence with { Delivery = Delivery.Refused };
        }
    }
}
