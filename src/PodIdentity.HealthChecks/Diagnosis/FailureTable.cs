using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>
/// From what was observed to what it means: one table, read from the top, the first line that fits is the finding. It has no state and
/// does nothing else, so that every line can be tested by itself.
/// </summary>
internal static class FailureTable
{
    private const string SeeNmi = "Check the NMI pod on this node (`kubectl -n kube-system get pods -l component=nmi -o wide`)";
    private const string SeeNmiAndPolicies = SeeNmi + ". If it is running, read its log (an overloaded NMI answers late), and check that no NetworkPolicy denies 169.254.169.254:80 or the node's 127.0.0.1:2579";
    private const string SeeProbePort = "Compare Port with the chart's `nmi.probePort` (default 8085), and Path with /healthz";
    private const string SeeProxy = "Check that the workload identity proxy (the container `azwi-proxy`) is running in this pod, and read its log";
    private const string AskLess = "Request tokens less often (raise ResultLifetime or, for an exec probe, `periodSeconds`)";
    private const string SeeBinding = "Compare the pod's label `aadpodidbinding` with the `selector` of its AzureIdentityBinding";
    private const string SeeMic = "see `kubectl -n kube-system logs -l component=mic` for assignment errors";
    private const string NmiBypassed = "NMI is probably bypassed";

    /// <summary>NMI answers a pod without identity after 80 or 100 s, and reports a failing IMDS after 112 s: longer takes only one that hangs.</summary>
    public static readonly TimeSpan LongestWaitOfNmi = TimeSpan.FromSeconds(115);

    /// <summary>For how long NMI may be silent beyond what is known before that is a sign of another reason.</summary>
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(3);

    private static readonly Finding Unsent = new(
        TimedOut,
        "The credential got no answer in time, and may not have sent its request yet",
        "Another token request in this process may have held it up, or the credential is retrying after an error from the token service (404, 410, 429 or 5xx). If this goes on, raise AttemptTimeout, or give the process more CPU. If neither helps, find out whether the credential or its factory ever returns");

    /// <summary>Microsoft Entra ID dates a token back by five minutes.</summary>
    private static readonly TimeSpan MinAgeOfCached = TimeSpan.FromMinutes(10);

    public static Finding Read(Observation seen) => seen.Token is { } token ? WithProxy(ReadToken(seen, token), seen, token) : ReadNmi(seen);

    /// <summary>A supplied credential may go through the proxy, and nobody sees whether it does.</summary>
    private static Finding WithProxy(Finding finding, Observation seen, TokenExchange token) =>
        !finding.HasToken
        && seen.MetadataProxy is { } proxy
        && token is { ToEntra: false, Endpoint: null, Failure: not (TransportFailure.CredentialFactory or TransportFailure.StillRunning or TransportFailure.NotSent) }
        && !(finding.IsNmiTrouble && token.Failure is TransportFailure.TimedOut)
            ? finding with { Hint = $"If the credential uses {proxy}, add {proxy.Host} to NO_PROXY. Otherwise: {finding.Hint}" }
            : finding;

    private static Finding ReadToken(Observation seen, TokenExchange token) => token switch
    {
        _ when seen.IsNotInjected => NotInjected(seen, token),
        _ when seen.IsStanding && ReadSignals(seen) is { } trouble => trouble,
        { Failure: not TransportFailure.None } => ReadUnanswered(seen, token),
        { Token: { } facts, Status: null or 200 } => ReadIssued(seen, token, facts),
        _ => ReadRefused(seen, token),
    };

    /// <summary>A token was issued: is it the right one?</summary>
    private static Finding ReadIssued(Observation seen, TokenExchange token, TokenFacts facts) => (token, facts) switch
    {
        _ when seen.Expected.IsWrongResponder(token.Responder) => NotFrom(seen, token),
        _ when !facts.Identity.IsVerifiable && seen.Expected.FindMismatch(facts.Identity) is not null => new(
            IdentityMismatch,
            $"{Gave(token)} a token that is not a JWT, so there is no way to tell whether it is for the expected identity",
            "If this token service issues opaque tokens, remove every option that names an identity: Expected…, ClientId, ResourceId and ObjectId"),
        _ when facts.Identity.IsVerifiable && seen.Identities.Other is { } other
            && (seen.Expected.FindMismatch(facts.Identity) is null || (seen.Identities.IsAlternating && token.Responder is not PodIdentityResponder.Imds)) => new(
            IdentityUnstable,
            $"{Gave(token)} a token for {Owner(facts.Identity)}, and recently one for {Owner(other)}",
            "The pod is bound to several identities, its binding has just changed, or NMI comes and goes: name the identity with ClientId"),
        _ when seen.Expected.FindMismatch(facts.Identity) is { } mismatch => new(
            IdentityMismatch,
            $"{Gave(token)} a token for {mismatch}",
            seen.Mode is PodMode.WorkloadIdentity or PodMode.IdentityBinding or PodMode.WorkloadIdentityProxy
                ? $"Compare the expected identity with AZURE_CLIENT_ID and AZURE_TENANT_ID{(token.Endpoint is null ? ", or with the IDs given to the credential" : string.Empty)}. The variables come from the service account's annotations `azure.workload.identity/client-id` and `azure.workload.identity/tenant-id`"
                : token.Endpoint is null && !seen.HasNmi ? "Compare the identity that the credential is created for with the expected one"
                : token.Responder is not PodIdentityResponder.Imds
                ? $"{SeeBinding}, and the AzureIdentity's clientID with the expected one. If the pod is bound to several identities, name the expected one {(token.Endpoint is null ? "in the credential" : "with ClientId")}{OfPool(token)}"
                : seen.HasNmi ? $"The node's own identity was handed out: {NmiBypassed}. {SeeNmi}"
                : "This is an identity of the node: name the one you mean with ClientId, or use workload identity (the pod's label `azure.workload.identity/use: \"true\"`)"
                + NeedsHostIp(seen)),
        _ when facts.ExpiresOn is { } expiry && expiry <= seen.At => new(
            TokenExpiring,
            $"{Gave(token)} a token that expired {Phrases.For(seen.At - expiry)} ago",
            $"Check the node's clock (`timedatectl`){(Renew(seen, token) is { } renew ? $", then {renew}" : string.Empty)}"),
        _ when facts.ExpiresOn is { } expiry && expiry - seen.At < seen.MinimumTokenLifetime => new(
            TokenExpiring,
            $"{Gave(token)} a token that expires in {Phrases.For(expiry - seen.At)}",
            $"The token service returns a cached token that is close to its expiry. If the token is not renewed, {(Renew(seen, token) is { } renew ? $"{renew}, or " : string.Empty)}lower MinimumTokenLifetime",
            IsWarning: true),
        _ when seen.MetadataProxy is { } proxy && token is { ToEntra: false, Endpoint: not null } => new(
            MetadataProxied,
            $"{Issued(seen, token, facts)}; but the application's requests to {proxy.Host} go through {proxy}, and the check's do not",
            $"Add {proxy.Host} to NO_PROXY (to no_proxy, if that is set), and recreate the pod",
            IsWarning: true),
        _ => new(null, Issued(seen, token, facts)),
    };

    /// <summary>There is an answer, and it is no token.</summary>
    private static Finding ReadRefused(Observation seen, TokenExchange token) => token switch
    {
        _ when seen.Expected.IsWrongResponder(token.Responder) => NotFrom(seen, token),

        // NMI is expected and does not serve: whatever the node's IMDS answered follows from that.
        _ when IsOfNode(token) && seen.Health?.SaysNotActive() == true => NotActive(seen.Health),
        _ when IsOfNode(token) && seen.Health?.IsSilent() == true => new(
            NmiUnreachable,
            $"NMI at {seen.Health.Endpoint} {Phrases.For(seen.Health)}, and {Who(token)} answered {token.Status} in its place{Said(token)}",
            $"NMI is not running on this node. {SeeNmi}"),

        { ServiceStatus: 429, ToEntra: true } => new(
            Throttled,
            $"{By(token)} answered 429: too many sign-ins{Said(token)}",
            $"{AskLess}, and look in the workload identity's sign-in logs for a client that requests tokens in a loop"),
        { ServiceStatus: 429 } => new(
            Throttled,
            $"{By(token)} answered 429: this node requests too many tokens{Said(token)}",
            $"IMDS allows 20 requests a second and 5 at once for all pods on the node. {AskLess}, and look for containers that request them in a loop"),
        { Responder: PodIdentityResponder.Unknown, Known: KnownAnswer.None, Endpoint: not null }
            when token.Status is 401 or 403 or 404 or 410 or (not 200 and < 300) or >= 600 || (token.Status is >= 400 and < 500 && string.IsNullOrEmpty(token.Text)) => new(
            InvalidResponse,
            $"{By(token)} answered {token.Status}{At(token)}{Said(token)}",
            "Neither NMI nor IMDS answers like this: does a proxy or another service listen there? Repeat the request by hand with `curl -H Metadata:true`"),

        _ when seen.FederatedToken is { Problem: not null } file => Unusable(file),
        { EntraError: { } code } when token is not { ToEntra: true, ServiceStatus: >= 500 } => new(
            TokenRejected,
            $"{By(token)} refused the token request with AADSTS{code}{Said(token)}{(EntraErrors.IsOfFederation(code) ? Holds(seen) : string.Empty)}",
            EntraErrors.Hint(code),
            IsUnconfirmed: seen.Refusals.IsUnconfirmed),

        { Responder: PodIdentityResponder.IdentityBindingProxy, Status: 401 or 403 } => new(
            TokenRejected,
            $"{By(token)} answered {token.Status}{Said(token)}{Holds(seen)}",
            "Check that the identity binding exists (`az aks identity-binding list`). A ClusterRole must also grant the pod's service account the verb `use-managed-identity` on the identity's client ID, in the API group `cid.wi.aks.azure.com`"),

        // A page of a firewall, say. A credential that does not repeat the answer may have had an error.
        { ToEntra: true, Status: not 200 and < 500, HasError: false } and ({ Endpoint: not null } or { Text.Length: > 0 }) => new(
            TokenServiceError,
            $"{By(token)} answered {token.Status}{At(token)}, but not with an OAuth error{Said(token)}",
            SeeAuthority(seen, token)),

        // What NMI says of the pod.
        { Known: KnownAnswer.NotOnNode } => new(
            IdentityPending,
            $"NMI knows the pod's identity, but it is not assigned to the node yet{Said(token)}",
            $"The assignment usually takes 10 to 60 s. If it takes longer, {SeeMic}"),
        { Known: KnownAnswer.NoAssignedIdentity } => new(
            IdentityNotBound, $"NMI knows of no identity{ForSelector(seen)} for this pod{Said(token)}", $"{SeeBinding}, and {SeeMic}"),
        { Known: KnownAnswer.NoIdentityFound } => new(
            IdentityNotBound,
            $"NMI has no identity{ForSelector(seen)} for this pod{Said(token)}",
            $"{SeeBinding}. NMI compares the client ID exactly, including upper and lower case. A pod that must keep the node's identity needs an AzurePodIdentityException"),
        { Known: KnownAnswer.NoIdentityInNamespace } => new(
            IdentityNotBound,
            $"NMI found no identity in this pod's namespace{Said(token)}",
            "The AzureIdentity is in another namespace: create it in the pod's namespace, or run NMI without --forceNamespaced"),
        { Known: KnownAnswer.PodUnknown } => new(
            IdentityNotBound,
            $"NMI does not know this pod{Said(token)}",
            "NMI does not serve pods with hostNetwork. If this is not one, NMI has not seen it yet, or cannot reach the API server"),

        { Known: KnownAnswer.SeveralPods } => new(
            IdentityNotBound,
            "NMI finds more than one pod with this pod's address, so it serves none of them",
            "A pod that has ended may still hold the address. Find it with `kubectl get pods -A -o wide` and delete it, or recreate this pod"),

        // What the token service says, in NMI's words or its own.
        { Known: KnownAnswer.ImdsUnreachable } => new(
            TokenServiceError,
            $"NMI cannot reach IMDS{Said(token)}",
            "Check that the node can reach 169.254.169.254, and read NMI's log (`kubectl -n kube-system logs -l component=nmi`)"),
        { Known: KnownAnswer.SeveralIdentities } => new(
            IdentityAmbiguous,
            $"{By(token)} has several identities to choose from, and none was named{Said(token)}",
            seen.HasNmi ? $"{NmiBypassed}. {SeeNmi}"
                : $"Name the identity with ClientId{NeedsHostIp(seen)}"),
        { Known: KnownAnswer.NoClientId } => new(
            IdentityAmbiguous,
            $"{By(token)} was not told which identity to use{Said(token)}",
            "Set ClientId, or annotate the service account with `azure.workload.identity/client-id`"),
        { Known: KnownAnswer.IdentityNotFound } => new(
            IdentityNotFound,
            $"{By(token)} did not find the identity{ForSelector(seen)}{Said(token)}",
            "It was deleted, or is not assigned to this node: see `az identity show` and the identities of the node's VM or scale set"),
        { Known: KnownAnswer.NoTokenFromImds } => new(
            InvalidResponse, $"NMI got an answer from IMDS with no token in it{Said(token)}", "Restart NMI. If that does not help, ask Azure support about IMDS on this node"),
        { Status: null } => new(
            InvalidResponse, "The credential returned no token", "Check what the credential factory returns"),
        { Status: 200 } => new(
            token.ToEntra ? TokenServiceError : InvalidResponse,
            $"{By(token)} answered 200{At(token)}, but the answer does not hold exactly one usable token with an expiry",
            token.ToEntra ? SeeAuthority(seen, token) : "Something else may be listening there, or IMDS has a problem. Repeat the request by hand with `curl -H Metadata:true`"),
        { Status: >= 300 and < 400 } => new(
            InvalidResponse,
            $"{By(token)} answered {token.Status}{At(token)}: a redirect, which is not followed",
            "Check TokenEndpoint, and what listens there"),
        { ToEntra: false, ServiceStatus: 404 or 410 } => new(
            TokenServiceUpdating,
            $"{By(token)} answered {token.ServiceStatus}: the metadata service is being updated{Said(token)}",
            "This clears up on its own within 70 s. If it does not, check the path of TokenEndpoint"),
        { ServiceStatus: >= 400 and < 500 } => new(
            TokenRejected,
            $"{By(token)} answered {token.ServiceStatus}: no token for this identity{Said(token)}",
            "Check the identity's state in Microsoft Entra ID, and the options Resource and ClientId"),
        _ => new(
            TokenServiceError,
            $"{By(token)} answered {token.ServiceStatus}{At(token)}{Said(token)}",
            token.Responder is PodIdentityResponder.Nmi ? "NMI could not get a token from IMDS: read its log (`kubectl -n kube-system logs -l component=nmi`)"
                : token.ToEntra ? $"{(seen.HasBinding ? "The identity binding's proxy, or Microsoft Entra ID behind it," : "Microsoft Entra ID")} has a problem: see https://azure.status.microsoft. Tokens that your application has cached still work"
                : token.Responder is PodIdentityResponder.WorkloadIdentityProxy ? $"{SeeProxy}: it may be unable to reach Microsoft Entra ID"
                : "The token service has a problem: if it persists, ask Azure support about this node"),
    };

    /// <summary>There is no answer that could be read.</summary>
    private static Finding ReadUnanswered(Observation seen, TokenExchange token) => token switch
    {
        { Failure: TransportFailure.Credential } when seen.FederatedToken is { Problem: not null } file => Unusable(file),
        { Failure: TransportFailure.Credential } => new(
            CredentialFailed,
            $"The credential failed with an exception that holds no answer from a token service ({token.Text})",
            "Turn on the Azure-Identity event source, and read the application's log"),
        { Failure: TransportFailure.CredentialFactory } => new(
            CredentialFailed,
            $"There is no credential: the factory given to AddPodIdentity failed ({token.Text})",
            "The exception is in the application's log (PodIdentityCredentialFactoryFailed). Register every service that the factory resolves, but none of them as scoped"),
        { Failure: TransportFailure.StillRunning } => new(
            TimedOut, "The credential has not returned from an earlier attempt that was cancelled", "This can happen just after the process starts. At any other time, it means that the credential ignores cancellation: update Azure.Identity, or find out what the credential is waiting for"),
        { Failure: TransportFailure.NotSent } when seen.Health?.SaysNotActive() != true
            && (seen.Fingerprint?.IsNmi() == true || (seen.Health?.IsSilent() != true && seen.Fingerprint?.IsSilent() != true)) => Unsent,
        { Failure: TransportFailure.Misconfigured } => new(
            CredentialFailed,
            $"No token was requested, because {token.Text}",
            "The workload identity webhook sets this variable. If the pod's manifest sets it, too, remove it there, then recreate the pod"),
        { Endpoint: null } when token.ToEntra || seen.Mode is PodMode.WorkloadIdentity => new(
            token.Failure is TransportFailure.TimedOut ? TimedOut : TokenServiceError,
            $"The token service of the credential {Phrases.For(token.Failure)}",
            "Check that the pod can reach Microsoft Entra ID. If it can, Entra may have refused or throttled the request, and the credential may be retrying: give it fewer retries to see the answer"),
        { ToEntra: true } => new(
            token.Failure is TransportFailure.TimedOut ? TimedOut : TokenServiceError,
            seen.HasBinding ? $"The identity binding's proxy at {token.Endpoint} {Phrases.For(token.Failure)}"
                : token.Failure is TransportFailure.NoTunnel ? $"Microsoft Entra ID at {token.Endpoint} {Phrases.For(token.Failure)} {seen.EgressProxy}".TrimEnd()
                : $"Microsoft Entra ID at {token.Endpoint}{(seen.EgressProxy is { } way ? $", asked through the proxy {way}," : string.Empty)} {Phrases.For(token.Failure)}",
            (token.Failure, seen.HasBinding) switch
            {
                (TransportFailure.Untrusted, true) =>
                    "The proxy's certificate must come from the CA in AZURE_KUBERNETES_CA_FILE and bear the name in AZURE_KUBERNETES_SNI_NAME. If the cluster's CA was rotated, recreate the pod",
                (_, true) => "Allow the proxy's address, AZURE_KUBERNETES_TOKEN_PROXY, in the pod's NetworkPolicy. A binding does not need login.microsoftonline.com",
                (TransportFailure.Untrusted, _) =>
                    "Check AZURE_AUTHORITY_HOST and the node's clock. Behind a proxy that inspects TLS, give the pod a bundle with the proxy's CA, and set SSL_CERT_FILE to its path. If neither helps, what answers there may not speak TLS",
                (TransportFailure.TimedOut or TransportFailure.Refused or TransportFailure.Unreachable, _) => seen.EgressProxy is null
                    ? $"Allow port {AddressOf(token).Port} to {AddressOf(token).Host} in the firewall and in the pod's NetworkPolicy, and check the cluster's DNS"
                    : $"Check that the pod can reach that proxy (HTTPS_PROXY or ALL_PROXY), and that the proxy can reach {AddressOf(token).Host}:{AddressOf(token).Port}. "
                    + "Or add the host to NO_PROXY, if the pod can reach it directly",
                (TransportFailure.NoTunnel, _) =>
                    $"Allow {AddressOf(token).Host}:{AddressOf(token).Port} in that proxy, and check the user and password in HTTPS_PROXY. Or add the host to NO_PROXY, if the pod can reach it directly",
                _ => SeeAuthority(seen, token),
            }),
        { Failure: TransportFailure.TooLarge } => new(
            InvalidResponse, $"{Where(token)} sent an answer of more than 64 KiB, or endless headers", "Check TokenEndpoint, and what listens there"),
        _ when seen.Health?.SaysNotActive() == true => NotActive(seen.Health),
        { Endpoint: null, Failure: not TransportFailure.TimedOut } when seen.Fingerprint?.IsNmi() == true => new(
            CredentialFailed,
            $"{Where(token)} {Phrases.For(token.Failure)}, although NMI is alive",
            "Find out where the credential sends its requests: its options, a proxy and AZURE_POD_IDENTITY_AUTHORITY_HOST decide that"),
        { Failure: not TransportFailure.TimedOut } when !seen.Expected.AllowsNmi && (IsNobodyThere(token) || seen.Fingerprint?.IsSilent() == true) => new(
            TokenServiceError,
            $"{Where(token)} {Phrases.For(token.Failure)}{Seen(seen)}",
            seen.Expected.Responder is PodIdentityResponder.WorkloadIdentityProxy ? SeeProxy
            : "Check that nothing on the node redirects 169.254.169.254:80, and that no NetworkPolicy denies it"),
        _ when IsNobodyThere(token) => new(
            NmiUnreachable,
            $"{Where(token)} {Phrases.For(token.Failure)}{Seen(seen)}",
            $"{SeeNmi}. If it is running, check that no NetworkPolicy denies 169.254.169.254:80 or the node's 127.0.0.1:2579"),
        { Failure: TransportFailure.TimedOut } when seen.Fingerprint?.IsNmi() == true && token.Waited > LongestWaitOfNmi => new(
            TokenServiceError,
            $"NMI is alive and has had no answer from IMDS for {Phrases.For(token.Waited.Value)}",
            "NMI reports a missing identity within 100 s, so IMDS is not responding: check that the node can reach 169.254.169.254, and read NMI's log"),
        { Failure: TransportFailure.TimedOut } when seen.Fingerprint?.IsNmi() == true && seen.LateToken is { } late && !(token.Waited > (2 * late) + Leeway) => token.Endpoint is null
            ? new(
                TimedOut,
                $"The credential got no token in time; when the check itself asked NMI, the token took {Phrases.For(late)}",
                "If that is longer than AttemptTimeout, IMDS behind NMI is slow: raise AttemptTimeout. If not, find out what the credential is waiting for: its retries, another request in the process, or a proxy")
            : new(
                TimedOut,
                $"NMI did not answer the token request{ForSelector(seen)} in time; last time, the token took {Phrases.For(late)}",
                "IMDS behind NMI is slow. If the check runs in an application, raise AttemptTimeout"),
        { MayBeUnsent: true } when seen.Fingerprint?.IsNmi() == true && !(token.Waited > Leeway) => Unsent,
        { Failure: TransportFailure.TimedOut, Endpoint: null, Waited: null } when seen.Fingerprint?.IsNmi() == true => new(
            IdentityPending,
            "The credential got no token in time, and NMI is alive",
            $"{SeeBinding}, and {SeeMic}. Another request in this process may also be holding up the credential. To see which it is, set the check's ClientId, ObjectId or ResourceId: the check then asks NMI itself"),
        { Failure: TransportFailure.TimedOut } when seen.Fingerprint?.IsNmi() == true => new(
            IdentityPending,
            $"NMI is alive and has not answered the token request{ForSelector(seen)} {(token.Waited is { } waited ? $"for {Phrases.For(waited)}" : "in time")}",
            $"NMI waits up to 100 s for the binding and its assignment to the node, and up to 112 s for IMDS, before it says why there is no token. {SeeBinding}, and {SeeMic}"
            + (seen.IsOnlyAttempt
                ? ". One attempt cannot tell which it is: `podidentity-probe watch token` as a sidecar, or the library's `AddPodIdentity()` in the application, waits for NMI's answer"
                : string.Empty)),
        _ when seen.Fingerprint?.IsNmi() == true => new(
            InvalidResponse, $"NMI is alive, but when asked for the token it {Phrases.For(token.Failure)}", "Read NMI's log"),
        { Failure: TransportFailure.TimedOut } when !seen.HasNmi && seen.Fingerprint?.IsSilent() == true => new(
            TimedOut,
            $"{Where(token)} {Phrases.For(token.Failure)}{(seen.Expected.AllowsNmi ? ", and nothing shows that NMI serves this pod" : string.Empty)}",
            seen.Expected.Responder is PodIdentityResponder.WorkloadIdentityProxy ? SeeProxy
            : "AKS's IMDS restriction or a network policy may be dropping the request: use workload identity (the pod's label `azure.workload.identity/use: \"true\"`), "
            + $"or allow 169.254.169.254:80{NeedsHostIp(seen)}"),
        _ when seen.Fingerprint?.IsSilent() == true || seen.Health?.IsSilent() == true => new(
            NmiUnreachable,
            $"{Where(token)} {Phrases.For(token.Failure)}{Seen(seen)}",
            seen.Fingerprint?.IsSilent() == false ? $"NMI is not running on this node. {SeeNmi}" : SeeNmiAndPolicies),
        _ when seen.Fingerprint is not null && seen.Expected.Responder is PodIdentityResponder.Nmi => new(
            NotIntercepted,
            $"Requests to the metadata address do not reach NMI: {seen.Fingerprint.Endpoint} {Phrases.For(seen.Fingerprint)}",
            $"{NmiBypassed}. {SeeNmi}"),
        { Failure: TransportFailure.TimedOut } => new(
            TimedOut,
            $"{Where(token)} did not answer the token request{ForSelector(seen)} in time{Seen(seen)}",
            "Repeat the request by hand with `curl -H Metadata:true`. If the token service is just slow, raise AttemptTimeout"),
        _ => new(
            InvalidResponse,
            $"{Where(token)} {Phrases.For(token.Failure)}{Seen(seen)}",
            "Check TokenEndpoint, and what listens there"),
    };

    /// <summary>NMI was asked how it is instead of for a token: what is wrong with it, if anything.</summary>
    private static Finding? ReadSignals(Observation seen) => seen switch
    {
        { Health: { } health } when health.SaysNotActive() => NotActive(health),

        // Whoever gets the fingerprint is served by NMI, even where a policy keeps its health from the pod.
        { Fingerprint: { } fingerprint } when fingerprint.IsNmi() => null,
        { Health: { } health } when health.IsSilent() => HealthSilent(health),
        { Fingerprint: { } fingerprint } => NotNmi(fingerprint),
        _ => null,
    };

    /// <summary>Only NMI's health was asked.</summary>
    private static Finding ReadNmi(Observation seen) => seen switch
    {
        { Health: null } => throw new ArgumentException("Nothing was observed.", nameof(seen)),
        { Health: { } health } when health.IsSilent() => HealthSilent(health),
        { Health: { Failure: TransportFailure.TooLarge } or { Status: not 200 } } => new(
            InvalidResponse, $"{seen.Health.Endpoint} {Phrases.For(seen.Health)}: that is not NMI's health endpoint", SeeProbePort),
        { RequireActive: true, Health: { } health } when health.SaysNotActive() => NotActive(health),
        { RequireActive: true, Health: { } health } when !health.SaysActive() => new(
            InvalidResponse, $"{health.Endpoint} {Phrases.For(health)}; NMI would say \"Active\" or \"Not Active\"", SeeProbePort),
        { Fingerprint: { } fingerprint } when !fingerprint.IsNmi() => NotNmi(fingerprint),
        { Fingerprint: not null } => new(null, "NMI is active and intercepts this pod's token requests"),
        _ => new(null, seen.RequireActive ? "NMI says that it is active" : "NMI answers"),
    };

    private static Finding HealthSilent(PlainAnswer health) => new(
        NmiUnreachable,
        $"NMI at {health.Endpoint} {Phrases.For(health)}",
        $"{SeeNmi}, and check that no NetworkPolicy keeps this pod from that address");

    /// <summary>Silence is not somebody else's answer.</summary>
    private static Finding NotNmi(PlainAnswer fingerprint) => fingerprint.IsSilent()
        ? new(
            NmiUnreachable, $"The metadata address {fingerprint.Endpoint} {Phrases.For(fingerprint)}", SeeNmiAndPolicies)
        : new(
            NotIntercepted,
            $"Requests to the metadata address do not reach NMI: {fingerprint.Endpoint} {Phrases.For(fingerprint)}",
            $"NMI is stopping, or its iptables rules are gone (`iptables -t nat -L aad-metadata` on the node). {SeeNmi}");

    private static Finding Unusable(FederatedTokenFacts file) => new(
        FederatedTokenUnusable,
        $"The federated token file {file.Path} {file.Problem}{(file.Claims == FederatedTokenClaims.None ? string.Empty : $"; {file.Claims}")}",
        file.Hint);

    private static Finding NotInjected(Observation seen, TokenExchange token) => new(
        WorkloadIdentityNotInjected,
        $"The workload identity webhook has not set {string.Join(", ", seen.MissingVariables)} in this pod, so the metadata address was asked instead of Microsoft Entra ID: "
        + (token.Failure is TransportFailure.None ? $"{Who(token)} answered {token.Status}{Said(token)}" : $"{token.Endpoint} {Phrases.For(token.Failure)}"),
        "Check in this order: "
        + (seen.Expected.Responder is PodIdentityResponder.IdentityBindingProxy ? "the pod's annotation `azure.workload.identity/use-identity-binding: \"true\"`; " : string.Empty)
        + "the pod's own label `azure.workload.identity/use: \"true\"`; its service account and the annotation `azure.workload.identity/client-id`; "
        + "the webhook's pods and its `failurePolicy` (`kubectl get mutatingwebhookconfigurations`). Then recreate the pod: the webhook changes only new pods");

    private static Finding NotActive(PlainAnswer health) => new(
        NmiNotActive,
        $"NMI at {health.Endpoint} says \"{health.Text}\": its iptables rules are not in place, so token requests do not reach it",
        $"NMI becomes active a few seconds after it starts. If it does not, read its log. {SeeNmi}");

    private static Finding NotFrom(Observation seen, TokenExchange token) => new(
        NotIntercepted,
        $"{By(token)} answered the token request instead of {Phrases.For(seen.Expected.Responder ?? default)}{Seen(seen)}",
        token.Responder is PodIdentityResponder.Nmi
            ? "NMI intercepts this pod's token requests: change RequiredResponder. If IMDS or the workload identity proxy should answer, give the pod an AzurePodIdentityException"
            : seen.Expected.Responder is PodIdentityResponder.Nmi && (token.ToEntra || token.Responder is PodIdentityResponder.WorkloadIdentityProxy)
                ? "This pod uses workload identity: change RequiredResponder. If NMI should answer, remove the label `azure.workload.identity/use` or the proxy sidecar, and recreate the pod"
            : seen.Expected.Responder is PodIdentityResponder.Nmi ? $"{NmiBypassed}, or shutting down. {SeeNmi}"
            : "Change RequiredResponder, or see which variables the workload identity webhook has set in this pod");

    /// <summary>How to get rid of a cached token, where anybody can.</summary>
    private static string? Renew(Observation seen, TokenExchange token) => token.Responder switch
    {
        _ when token.Endpoint is null && seen.HasNmi => "restart NMI (if NMI issues the token)",
        PodIdentityResponder.Nmi => "restart NMI",
        PodIdentityResponder.WorkloadIdentityProxy => "restart the workload identity proxy",
        _ => null,
    };

    /// <summary>Azure.Core keeps a connection for 5 min at most, and it leads to where the rules led when it was opened.</summary>
    private static string OfPool(TokenExchange token) =>
        token.Endpoint is null ? ". If NMI was down recently, the credential may still use a connection to IMDS (it closes within 5 min) or a cached token from that time" : string.Empty;

    private static string Issued(Observation seen, TokenExchange token, TokenFacts facts)
    {
        var lifetime = facts.ExpiresOn is { } expiry ? $", valid for {Phrases.For(expiry - seen.At)}" : string.Empty;
        var doubt = facts.Identity.IsVerifiable ? string.Empty : "; it is not a JWT, so there is no way to tell which identity it is for";
        var owner = facts.Identity.IsVerifiable ? $" {(token.Status is null ? "for" : "to")} {Owner(facts.Identity)}" : string.Empty;
        var node = token.Responder is PodIdentityResponder.Imds && seen.Expected == Expectation.Nothing
            ? "; it is for the node's identity, not the pod's own"
            : string.Empty;
        var support = seen.HasBinding
            ? "; your application needs WorkloadIdentityCredential with IsAzureProxyEnabled, not ManagedIdentityCredential or DefaultAzureCredential"
            : string.Empty;
        var age = seen.At - facts.IssuedAt is { } old && old > MinAgeOfCached
            ? $"; it comes from a cache and was issued {Phrases.For(old)} ago, so it does not prove that the identity works now"
            : string.Empty;
        return $"{Gave(token)} a token{owner}{lifetime}{age}{doubt}{node}{support}";
    }

    /// <summary>Whether the node's own IMDS answered, or somebody who does not say who.</summary>
    private static bool IsOfNode(TokenExchange token) =>
        !token.ToEntra
        && (token.Responder is PodIdentityResponder.Imds
            || (token is { Responder: PodIdentityResponder.Unknown, ServiceStatus: not 429 } or { Endpoint: null, Responder: PodIdentityResponder.Unknown, InnerStatus: null }
                && token.Known is KnownAnswer.None or KnownAnswer.SeveralIdentities or KnownAnswer.IdentityNotFound));

    private static bool IsNobodyThere(TokenExchange token) => token.Failure is TransportFailure.Refused or TransportFailure.Unreachable;

    private static string NeedsHostIp(Observation seen) =>
        seen.Expected.AllowsNmi ? ". With AAD Pod Identity, set HOST_IP, so that the check can ask NMI" : string.Empty;

    private static string By(TokenExchange token) => Phrases.Capitalised(Who(token));

    private static string Gave(TokenExchange token) => $"{By(token)} {(token.Status is null ? "returned" : "issued")}";

    private static string Where(TokenExchange token) => token.Endpoint is { } endpoint ? $"The metadata address {endpoint}" : "The credential's token service";

    private static string At(TokenExchange token) => token.Endpoint is { } endpoint ? $" at {endpoint}" : string.Empty;

    private static Uri AddressOf(TokenExchange token) =>
        Uri.TryCreate(token.Endpoint, UriKind.Absolute, out var address) ? address : new Uri("https://login.microsoftonline.com/");

    private static string SeeAuthority(Observation seen, TokenExchange token) =>
        $"Check what answers at {AddressOf(token).Host}"
        + (seen.HasBinding ? string.Empty : ": a firewall or proxy between the cluster and Microsoft Entra ID may end the connection, or answer in Entra's place");

    private static string Who(TokenExchange token) => token switch
    {
        { Status: null } => "the credential",
        { InnerStatus: not null } => "IMDS, asked by NMI,",
        _ => Phrases.For(token.Responder),
    };

    private static string Owner(TokenIdentity identity) =>
        identity.ClientId is { } client ? $"client ID {client}"
        : identity.ObjectId is { } principal ? $"object ID {principal}"
        : identity.ResourceId is { } resource ? $"resource ID {resource}"
        : "an identity that the token does not name";

    private static string ForSelector(Observation seen) => seen.Selector is null ? string.Empty : $" with {seen.Selector}";

    private static string Said(TokenExchange token) => string.IsNullOrEmpty(token.Text) ? string.Empty : $" (\"{token.Text}\")";

    private static string Holds(Observation seen) =>
        seen.FederatedToken is { } file && file.Claims != FederatedTokenClaims.None ? $"; the token in {file.Path} has {file.Claims}" : string.Empty;

    private static string Seen(Observation seen) =>
        (seen.Health is { } health ? $"; NMI at {health.Endpoint} {Phrases.For(health)}" : string.Empty)
        + (seen.Fingerprint is { } fingerprint ? $"; {fingerprint.Endpoint} {Phrases.For(fingerprint)}" : string.Empty);
}
