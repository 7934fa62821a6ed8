using System.Net;
using System.Text.RegularExpressions;
using PodIdentity.HealthChecks.Testing.Imds;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Nmi;

/// <summary>A request as NMI sees it.</summary>
internal sealed record NmiRequest(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, IPAddress RemoteAddress)
{
    public string Header(string name) => Headers.GetValueOrDefault(name) ?? "";
}

/// <summary>NMI: from a request and the state of pods and bindings to an answer. The checks come in the order of the real one.</summary>
internal sealed partial class NmiService(
    SimulatedNmi nmi, Func<IPAddress, SimulatedPod?> podAt, AdalClient adal, ImdsUpstream imds, SimulatorClock clock)
{
    private static readonly TimeSpan PodLookupTime = TimeSpan.FromSeconds(1.2);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    public Answer AnswerProbe(string path) => path.Equals("/healthz", StringComparison.Ordinal)
        ? Answer.Text(200, "text/plain; charset=utf-8", nmi.State == NmiState.NotActive ? "Not Active" : "Active")
        : Answer.GoError(404, "404 page not found");

    public async Task<Answer> AnswerAsync(NmiRequest request, CancellationToken callerLeft)
    {
        if (request.Path.StartsWith("/host/token", StringComparison.Ordinal))
        {
            return AnswerHost(request);
        }

        if (nmi.BlockInstanceMetadata && InstancePath().IsMatch(request.Path))
        {
            return Answer.GoError(403, "Request blocked by AAD Pod Identity NMI");
        }

        if (!request.Header("Metadata").Equals("true", StringComparison.Ordinal))
        {
            return Answer.Text(
                400,
                "application/json; charset=utf-8",
                GoJson.Object(("error", "invalid_request"), ("error_description", "Required metadata header not specified")) + "\n");
        }

        if (TokenPath().IsMatch(request.Path))
        {
            return await AnswerTokenAsync(request, callerLeft).ConfigureAwait(false);
        }

        return InvalidTokenPath().IsMatch(request.Path)
            ? Answer.GoError(400, "Invalid request")
            : await PassOnAsync(request, callerLeft).ConfigureAwait(false);
    }

    [GeneratedRegex("^/(?i:metadata)/identity/oauth2/token", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TokenPath();

    [GeneratedRegex("(?i)/metadata/identity.*?oauth2.*?token", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InvalidTokenPath();

    [GeneratedRegex("^/(?i:metadata)/instance", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InstancePath();

    /// <summary>The path by which MIC's own pods ask. No caller of the simulator is the node itself.</summary>
    private static Answer AnswerHost(NmiRequest request) => request.Header("podname").Length == 0 || request.Header("podns").Length == 0
        ? Answer.GoError(400, "missing 'podname' and 'podns' from request header")
        : Answer.GoError(500, "request remote address is not from a host");

    private async Task<Answer> AnswerTokenAsync(NmiRequest request, CancellationToken callerLeft)
    {
        var query = Query.Parse(request.Query);
        if (query["resource"] is not { Length: > 0 } resource)
        {
            return Answer.GoError(400, "parameter resource cannot be empty");
        }

        if (podAt(request.RemoteAddress) is not { } pod)
        {
            await clock.Delay(PodLookupTime, callerLeft).ConfigureAwait(false);
            return Answer.GoError(500, "pod list is empty");
        }

        if (pod.Excepted)
        {
            var forNode = await adal.RefreshAsync(query["client_id"], resource, callerLeft).ConfigureAwait(false);
            return forNode.Token is null
                ? Answer.GoError(forNode.Status, $"failed to get service principal token, error: {forNode.Error}")
                : Success(forNode.Token);
        }

        var resourceId = query["msi_res_id"] is { Length: > 0 } first ? first : query["mi_res_id"];
        var selection = await SelectAsync(pod, new(query["client_id"], resourceId), callerLeft).ConfigureAwait(false);
        if (selection.Identity is null)
        {
            return selection.Status == 404 && nmi.SetRetryAfterHeader
                ? Answer.GoError(503, selection.Error, ("Retry-After", "20"))
                : Answer.GoError(selection.Status, selection.Error);
        }

        var refresh = await adal.RefreshAsync(selection.Identity.ClientId, resource, callerLeft).ConfigureAwait(false);
        return refresh.Token is null ? Answer.GoError(refresh.Status, refresh.Error) : Success(refresh.Token);
    }

    private async Task<Selection> SelectAsync(SimulatedPod pod, IdentitySelector selector, CancellationToken callerLeft)
    {
        if (nmi.Mode == NmiMode.Managed)
        {
            return Selection.Among(pod.Bound, selector, pod.Namespace, NmiMode.Managed);
        }

        for (var attempt = 0; attempt < nmi.AssignedAttempts; attempt++)
        {
            var assigned = pod.BoundIn(BindingState.Assigned);
            if (assigned.Any(selector.Resembles))
            {
                return Selection.Among(assigned, selector, pod.Namespace, NmiMode.Standard);
            }

            if (attempt >= nmi.CreatedAttempts && !pod.BoundIn(BindingState.Created).Any(selector.Resembles))
            {
                return GaveUp("CREATED", nmi.CreatedAttempts);
            }

            await clock.Delay(nmi.AssignmentRetryInterval, callerLeft).ConfigureAwait(false);
        }

        return GaveUp("ASSIGNED", nmi.AssignedAttempts);

        Selection GaveUp(string state, int attempts) => Selection.NotFound(
            (selector.ClientId.Length > 0 ? $"clientID in request: {Redaction.Redact(selector.ClientId)}, " : "")
            + $"getting assigned identities for pod {pod.Namespace}/{pod.Name} in {state} state failed after {attempts} attempts, "
            + $"retry duration [{(int)nmi.AssignmentRetryInterval.TotalSeconds}]s, error: <nil>. Check MIC pod logs for identity assignment errors");
    }

    private async Task<Answer> PassOnAsync(NmiRequest request, CancellationToken callerLeft)
    {
        var answer = await imds.AskAsync(request.Method, request.Path, request.Query, request.Headers, callerLeft).ConfigureAwait(false);
        switch (answer.Delivery)
        {
            case Delivery.Dropped:
                await clock.Delay(ConnectTimeout, callerLeft).ConfigureAwait(false);
                return BadGateway;
            case Delivery.Refused:
                return BadGateway;
            default:
                return answer;
        }
    }

    /// <summary>What Go's reverse proxy says when there is nobody behind it.</summary>
    private static Answer BadGateway => new(502, [], default);

    private static Answer Success(TokenResponse token) => Answer.Text(200, "application/json", token.ToNmiJson());
}
