using System.Text;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Diagnosis;

/// <summary>Every row of the table, without a socket: what is observed, which part is broken, and a word of what is said about it.</summary>
public sealed class FailureTableTests
{
    private const string Metadata = "http://169.254.169.254/metadata/identity/oauth2/token";
    private const string Id = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
    private const string OtherId = "11111111-2222-3333-4444-555555555555";

    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private static readonly PlainAnswer Active = new("http://node:8085/healthz", TransportFailure.None, 200, Text: "Active");
    private static readonly PlainAnswer NotActive = Active with { Text = "Not Active" };
    private static readonly PlainAnswer NoHealth = new("http://node:8085/healthz", TransportFailure.Refused);
    private static readonly PlainAnswer OfNmi = new("http://169.254.169.254/host/token", TransportFailure.None, 400, Text: "missing 'podname' and 'podns' from request header");
    private static readonly PlainAnswer OfImds = new("http://169.254.169.254/host/token", TransportFailure.None, 404, "IMDS/1");
    private static readonly PlainAnswer Silence = new("http://169.254.169.254/host/token", TransportFailure.TimedOut);
    private static readonly FederatedTokenClaims Claims = new("https://issuer", "system:serviceaccount:shop:orders", "api://AzureADTokenExchange", null);
    private static readonly FederatedTokenFacts BadFile = new("/var/run/token", "does not exist", "The kubelet writes it");

    private static readonly MetadataProxy Proxy = new("169.254.169.254", "http://proxy:3128/");

    private static readonly TokenExchange MayBeUnsent = new() { Endpoint = null, Failure = TransportFailure.TimedOut, MayBeUnsent = true };

    private static readonly (string Case, Observation Seen, PodIdentityFailureReason? Reason, string Says)[] Rows =
    [
        // A token was issued.
        ("a token", Seen(Issued(PodIdentityResponder.Nmi)), null, $"NMI issued a token to client ID {Id}"),
        ("a token of ten minutes ago", Seen(Issued(PodIdentityResponder.Nmi, age: TimeSpan.FromMinutes(10))), null, $"NMI issued a token to client ID {Id}, valid for 24 h"),
        ("a token of eleven minutes ago", Seen(Issued(PodIdentityResponder.WorkloadIdentityProxy, age: TimeSpan.FromMinutes(11))), null, "was issued 11 min ago, so it does not prove that the identity works now"),
        ("a token that is no JWT", Seen(Issued(PodIdentityResponder.Nmi, claims: null)), null, "not a JWT"),
        ("a token that an application would request through a proxy", Seen(Issued(PodIdentityResponder.Nmi)) with { MetadataProxy = Proxy }, MetadataProxied, "the application's requests to 169.254.169.254 go through the proxy http://proxy:3128/ that HTTP_PROXY or ALL_PROXY names, and the check's do not. Add 169.254.169.254 to NO_PROXY"),
        ("a token of Entra with the same proxy", Seen(Issued(PodIdentityResponder.Entra) with { ToEntra = true }) with { MetadataProxy = Proxy }, null, "issued a token"),
        ("a token of a supplied credential with the same proxy", Seen(Issued(PodIdentityResponder.Unknown) with { Endpoint = null }) with { MetadataProxy = Proxy }, null, "issued a token"),
        ("a token of another responder than the required one", Seen(Issued(PodIdentityResponder.Imds)) with { Expected = new() { Responder = PodIdentityResponder.Nmi } }, NotIntercepted, "NMI is probably bypassed"),
        ("a token of NMI where IMDS is required", Seen(Issued(PodIdentityResponder.Nmi)) with { Expected = new() { Responder = PodIdentityResponder.Imds } }, NotIntercepted, "change RequiredResponder"),
        ("a token of IMDS where the workload identity proxy is required", Seen(Issued(PodIdentityResponder.Imds)) with { Expected = new() { Responder = PodIdentityResponder.WorkloadIdentityProxy } }, NotIntercepted, "see which variables the workload identity webhook has set"),
        ("a token for another identity, from NMI", Seen(Issued(PodIdentityResponder.Nmi)) with { Expected = new() { ClientId = OtherId } }, IdentityMismatch, $"client ID {Id} instead of {OtherId}"),
        ("a token for another identity, from IMDS", Seen(Issued(PodIdentityResponder.Imds)) with { Expected = new() { ClientId = OtherId } }, IdentityMismatch, "The node's own identity"),
        ("a token for another identity, from IMDS on a pod without NMI", Seen(Issued(PodIdentityResponder.Imds)) with { Expected = new() { ClientId = OtherId }, HasNmi = false }, IdentityMismatch, "This is an identity of the node"),
        ("what to compare after that, behind NMI", Seen(Issued(PodIdentityResponder.Nmi)) with { Expected = new() { ClientId = OtherId } }, IdentityMismatch, "Compare the pod's label `aadpodidbinding`"),
        ("a token for another identity, from a supplied credential", Seen(Issued(PodIdentityResponder.Unknown) with { Endpoint = null }) with { Expected = new() { ClientId = OtherId }, MissingVariables = ["AZURE_CLIENT_ID"] }, IdentityMismatch, "may still use a connection to IMDS"),
        ("the same without NMI", Seen(Issued(PodIdentityResponder.Unknown) with { Endpoint = null }) with { Expected = new() { ClientId = OtherId }, HasNmi = false, MissingVariables = ["AZURE_CLIENT_ID"] }, IdentityMismatch, "the identity that the credential is created for"),
        ("the same with the webhook's variables", Seen(Issued(PodIdentityResponder.Unknown) with { Endpoint = null }) with { Expected = new() { ClientId = OtherId }, MissingVariables = [] }, IdentityMismatch, "Compare the expected identity with AZURE_CLIENT_ID"),
        ("a token for another identity, from Entra", Seen(Issued(PodIdentityResponder.Entra) with { ToEntra = true }) with { Expected = new() { ClientId = OtherId } }, IdentityMismatch, "Compare the expected identity with AZURE_CLIENT_ID"),
        ("a token for another identity, from the proxy", Seen(Issued(PodIdentityResponder.WorkloadIdentityProxy)) with { Expected = new() { ClientId = OtherId } }, IdentityMismatch, "Compare the expected identity with AZURE_CLIENT_ID"),
        ("a token that is no JWT, an identity expected", Seen(Issued(PodIdentityResponder.Nmi, claims: null)) with { Expected = new() { ClientId = Id } }, IdentityMismatch, "no way to tell"),
        ("a token for a second identity", Seen(Issued(PodIdentityResponder.Nmi)) with { Identities = After(OtherId, Id) }, IdentityUnstable, $"recently one for client ID {OtherId}"),
        ("a token that has expired", Seen(Issued(PodIdentityResponder.Nmi, lifetime: TimeSpan.FromMinutes(-3))), TokenExpiring, "expired 3 min ago"),
        ("a token that expires soon", Seen(Issued(PodIdentityResponder.Nmi, lifetime: TimeSpan.FromMinutes(4))), TokenExpiring, "expires in 4 min"),

        // There is an answer, and it is no token.
        ("429 of IMDS", Seen(Refused(PodIdentityResponder.Imds, 429)), Throttled, "The node's IMDS answered 429"),
        ("429 of Entra", Seen(Refused(PodIdentityResponder.Entra, 429) with { ToEntra = true }), Throttled, "too many sign-ins"),
        ("500 of Entra", Seen(Refused(PodIdentityResponder.Entra, 500) with { ToEntra = true }), TokenServiceError, "azure.status.microsoft"),
        ("429 behind NMI", Seen(Read(403, Adal(429, "too_many_requests"))), Throttled, "IMDS, asked by NMI, answered 429"),
        ("a token of Entra where NMI is required", Seen(Issued(PodIdentityResponder.Entra) with { ToEntra = true }) with { Expected = new() { Responder = PodIdentityResponder.Nmi } }, NotIntercepted, "This pod uses workload identity"),
        ("a token of workload identity's proxy where NMI is required", Seen(Issued(PodIdentityResponder.WorkloadIdentityProxy)) with { Expected = new() { Responder = PodIdentityResponder.Nmi } }, NotIntercepted, "the proxy sidecar"),
        ("429 of IMDS where NMI is required", Seen(Refused(PodIdentityResponder.Imds, 429)) with { Expected = new() { Responder = PodIdentityResponder.Nmi } }, NotIntercepted, "instead of NMI"),
        ("a refusal of IMDS while NMI is not active", Seen(Refused(PodIdentityResponder.Imds, 400)) with { Health = NotActive }, NmiNotActive, "Not Active"),
        ("a refusal of IMDS while NMI is gone", Seen(Refused(PodIdentityResponder.Imds, 400)) with { Health = NoHealth }, NmiUnreachable, "answered 400 in its place"),
        ("403 of somebody unknown", Seen(Refused(PodIdentityResponder.Unknown, 403)), InvalidResponse, "does a proxy or another service listen there"),
        ("405 of somebody unknown, without a word", Seen(Refused(PodIdentityResponder.Unknown, 405)), InvalidResponse, "does a proxy or another service listen there"),
        ("400 of somebody unknown, who says why", Seen(Refused(PodIdentityResponder.Unknown, 400) with { Text = "invalid_resource" }), TokenRejected, "no token for this identity (\"invalid_resource\")"),
        ("204 of somebody unknown", Seen(Refused(PodIdentityResponder.Unknown, 204)), InvalidResponse, "does a proxy or another service listen there"),
        ("a redirect of somebody unknown", Seen(Refused(PodIdentityResponder.Unknown, 300)), InvalidResponse, "a redirect"),
        ("500 of somebody unknown", Seen(Refused(PodIdentityResponder.Unknown, 500)), TokenServiceError, "answered 500"),
        ("600 of somebody unknown", Seen(Refused(PodIdentityResponder.Unknown, 600)), InvalidResponse, "does a proxy or another service listen there"),
        ("a refusal of Entra while the token file is unusable", Seen(Refused(PodIdentityResponder.Entra, 400) with { ToEntra = true }) with { FederatedToken = BadFile }, FederatedTokenUnusable, "/var/run/token does not exist"),
        ("a refusal of Entra", Seen(Refused(PodIdentityResponder.Entra, 400) with { ToEntra = true, EntraError = 70021 }), TokenRejected, "AADSTS70021"),
        ("a secret that Entra refuses", Seen(Refused(PodIdentityResponder.Entra, 401) with { ToEntra = true, EntraError = 7000215 }), TokenRejected, "client secret"),
        ("an outage of Entra", Seen(Refused(PodIdentityResponder.Entra, 503) with { ToEntra = true, EntraError = 90033 }), TokenServiceError, "answered 503"),
        ("an outage of Entra that begins at 500", Seen(Refused(PodIdentityResponder.Entra, 500) with { ToEntra = true, EntraError = 90033 }), TokenServiceError, "answered 500"),
        ("an unusable token file and what it holds", Seen(Refused(PodIdentityResponder.Entra, 400) with { ToEntra = true }) with { FederatedToken = BadFile with { Claims = Claims } }, FederatedTokenUnusable, "does not exist; issuer `https://issuer`"),
        ("a refusal of the proxy while HOST_IP is set", Seen(Refused(PodIdentityResponder.WorkloadIdentityProxy, 500) with { EntraError = 70021 }) with { Health = NoHealth }, TokenRejected, "AADSTS70021"),
        ("an identity that is not on the node yet", Seen(Read(404, "getting assigned identities for pod default/app in ASSIGNED state failed after 20 attempts")), IdentityPending, "is not assigned to the node yet"),
        ("no identity assigned", Seen(Read(404, "getting assigned identities for pod default/app in CREATED state failed after 16 attempts")), IdentityNotBound, "knows of no identity"),
        ("no identity found", Seen(Read(404, "no azure identity found for request clientID ")), IdentityNotBound, "including upper and lower case"),
        ("no identity in the namespace", Seen(Read(500, "runtime error: index out of range [0] with length 0")), IdentityNotBound, "another namespace"),
        ("a pod that NMI does not know", Seen(Read(500, "pod list is empty")), IdentityNotBound, "does not know this pod"),
        ("two pods with one address", Seen(Read(500, "match failed, ip:10.0.0.7 matching pods:[{{ } {app  default  6f9619ff8b86d011b42d00c04fc964ff map[aadpodidbinding:app]}}]")), IdentityNotBound, "more than one pod"),
        ("an excepted pod whose IMDS cannot be reached", Seen(Read(403, "failed to get service principal token, error: adal: Failed to execute the refresh request. Error = 'dial tcp: refused'")), TokenServiceError, "NMI cannot reach IMDS"),
        ("words of NMI that a credential repeats, while NMI's health is out of reach", Seen(Refused(PodIdentityResponder.Unknown, 404) with { Known = KnownAnswer.NoAssignedIdentity }) with { Health = NoHealth }, IdentityNotBound, "knows of no identity"),
        ("several identities", Seen(Refused(PodIdentityResponder.Imds, 400) with { Known = KnownAnswer.SeveralIdentities }), IdentityAmbiguous, "none was named"),
        ("no client ID for the proxy", Seen(Refused(PodIdentityResponder.WorkloadIdentityProxy, 400) with { Known = KnownAnswer.NoClientId }), IdentityAmbiguous, "client-id"),
        ("an identity that was deleted", Seen(Read(403, Adal(400, "Identity not found"))), IdentityNotFound, "did not find the identity"),
        ("no token in what IMDS told NMI", Seen(Read(503, "adal: Empty service principal token received during refresh")), InvalidResponse, "no token in it"),
        ("a credential without a token", Seen(new TokenExchange { Endpoint = null }), InvalidResponse, "The credential returned no token"),
        ("200 without a token", Seen(Refused(PodIdentityResponder.Imds, 200)), InvalidResponse, "does not hold exactly one usable token"),
        ("who may answer so", Seen(Refused(PodIdentityResponder.Imds, 200)), InvalidResponse, "Something else may be listening there"),
        ("200 of Entra without a token", Seen(Refused(PodIdentityResponder.Entra, 200) with { ToEntra = true }), TokenServiceError, "a firewall or proxy between the cluster and Microsoft Entra ID may"),
        ("the page of a firewall in Entra's place", Seen(Refused(PodIdentityResponder.Entra, 403) with { ToEntra = true }), TokenServiceError, "answered 403 at http://169.254.169.254/metadata/identity/oauth2/token, but not with an OAuth error"),
        ("a redirect in Entra's place", Seen(Refused(PodIdentityResponder.Entra, 302) with { ToEntra = true }), TokenServiceError, "answered 302"),
        ("the page of a firewall that a credential repeats", Seen(Refused(PodIdentityResponder.Entra, 403) with { ToEntra = true, Endpoint = null, Text = "blocked" }), TokenServiceError, "(\"blocked\")"),
        ("an error without a number, where Entra is asked", Seen(Refused(PodIdentityResponder.Entra, 400) with { ToEntra = true, HasError = true, Text = "unauthorized_client" }), TokenRejected, "(\"unauthorized_client\")"),
        ("404 with an error, where Entra is asked", Seen(Refused(PodIdentityResponder.Entra, 404) with { ToEntra = true, HasError = true }), TokenRejected, "answered 404"),
        ("a refusal that a credential does not repeat", Seen(Refused(PodIdentityResponder.Entra, 403) with { ToEntra = true, Endpoint = null }), TokenRejected, "no token for this identity"),
        ("a redirect", Seen(Refused(PodIdentityResponder.Imds, 302)), InvalidResponse, "a redirect"),
        ("410 of IMDS", Seen(Refused(PodIdentityResponder.Imds, 410)), TokenServiceUpdating, "being updated"),
        ("400 of IMDS", Seen(Refused(PodIdentityResponder.Imds, 400)), TokenRejected, "no token for this identity"),
        ("403 of IMDS", Seen(Refused(PodIdentityResponder.Imds, 403)), TokenRejected, "no token for this identity"),
        ("500 of IMDS", Seen(Refused(PodIdentityResponder.Imds, 500)), TokenServiceError, "ask Azure support"),
        ("500 behind NMI", Seen(Read(403, Adal(500, "unknown"))), TokenServiceError, "NMI could not get a token"),

        ("500 of workload identity's proxy", Seen(Refused(PodIdentityResponder.WorkloadIdentityProxy, 500)), TokenServiceError, "`azwi-proxy`) is running in this pod, and read its log: it may be unable to reach Microsoft Entra ID"),
        ("503 behind an identity binding", Seen(Refused(PodIdentityResponder.IdentityBindingProxy, 503) with { ToEntra = true }) with { HasBinding = true }, TokenServiceError, "The identity binding's proxy, or Microsoft Entra ID behind it, has a problem"),
        ("how to renew a token that NMI has kept too long", Seen(Issued(PodIdentityResponder.Nmi, lifetime: TimeSpan.FromMinutes(4))), TokenExpiring, "is not renewed, restart NMI, or lower MinimumTokenLifetime"),
        ("how to renew the proxy's", Seen(Issued(PodIdentityResponder.WorkloadIdentityProxy, lifetime: TimeSpan.FromMinutes(-3))), TokenExpiring, "(`timedatectl`), then restart the workload identity proxy"),
        ("how to renew a supplied credential's behind NMI", Seen(Issued(PodIdentityResponder.Unknown, lifetime: TimeSpan.FromMinutes(4)) with { Endpoint = null }), TokenExpiring, "is not renewed, restart NMI (if NMI issues the token), or lower"),
        ("that nobody can renew that of IMDS", Seen(Issued(PodIdentityResponder.Imds, lifetime: TimeSpan.FromMinutes(4))), TokenExpiring, "is not renewed, lower MinimumTokenLifetime"),

        // There is no answer.
        ("workload identity's proxy, dead", Seen(Unanswered(TransportFailure.Refused)) with { Expected = new() { Responder = PodIdentityResponder.WorkloadIdentityProxy } }, TokenServiceError, "(the container `azwi-proxy`) is running in this pod"),
        ("workload identity's proxy, silent", Seen(Unanswered(TransportFailure.TimedOut)) with { Expected = new() { Responder = PodIdentityResponder.WorkloadIdentityProxy }, HasNmi = false, Fingerprint = Silence }, TimedOut, "in time. Check that the workload identity proxy (the container `azwi-proxy`) is running in this pod"),
        ("an IMDS that refuses the connection, where no other may answer", Seen(Unanswered(TransportFailure.Refused)) with { Expected = new() { Responder = PodIdentityResponder.Imds } }, TokenServiceError, "Check that nothing on the node redirects 169.254.169.254:80"),
        ("a broken connection, and a silent metadata address, where NMI may not answer", Seen(Unanswered(TransportFailure.Broken)) with { Expected = new() { Responder = PodIdentityResponder.Imds }, HasNmi = false, Fingerprint = Silence }, TokenServiceError, "that no NetworkPolicy denies it"),
        ("a credential that failed, and the token file is unusable", Seen(Unanswered(TransportFailure.Credential)) with { FederatedToken = BadFile }, FederatedTokenUnusable, "does not exist"),
        ("a credential that failed", Seen(Unanswered(TransportFailure.Credential)), CredentialFailed, "holds no answer from a token service"),
        ("a factory that failed", Seen(Unanswered(TransportFailure.CredentialFactory)), CredentialFailed, "There is no credential"),
        ("a supplied credential for Entra that is silent", Seen(new TokenExchange { Endpoint = null, Failure = TransportFailure.TimedOut }) with { HasNmi = false }, TimedOut, "Check that the pod can reach Microsoft Entra ID"),
        ("the same, without the webhook's variables", Seen(new TokenExchange { Endpoint = null, ToEntra = true, Failure = TransportFailure.Refused }), TokenServiceError, "Check that the pod can reach Microsoft Entra ID"),
        ("Entra that refuses the connection", Seen(new TokenExchange { Endpoint = "https://login.example", ToEntra = true, Failure = TransportFailure.Refused }), TokenServiceError, "Microsoft Entra ID at https://login.example"),
        ("an Entra behind a proxy that refuses", Seen(Unanswered(TransportFailure.NoTunnel) with { ToEntra = true }), TokenServiceError, "through the proxy"),
        ("a credential that has not returned", Seen(Unanswered(TransportFailure.StillRunning)), TimedOut, "earlier attempt"),
        ("a credential that sent nothing", Seen(Unanswered(TransportFailure.NotSent)), TimedOut, "may not have sent its request"),
        ("an Entra that is silent", Seen(Unanswered(TransportFailure.TimedOut) with { ToEntra = true }), TimedOut, "Allow port"),
        ("an Entra with a certificate of somebody else", Seen(Unanswered(TransportFailure.Untrusted) with { ToEntra = true }), TokenServiceError, "SSL_CERT_FILE"),
        ("an Entra that is out of reach", Seen(Unanswered(TransportFailure.Unreachable) with { ToEntra = true }), TokenServiceError, "Allow port"),
        ("an Entra that breaks off", Seen(Unanswered(TransportFailure.Broken) with { ToEntra = true }), TokenServiceError, "answer in Entra's place"),
        ("a binding's proxy that is silent", Seen(Unanswered(TransportFailure.TimedOut) with { ToEntra = true }) with { HasBinding = true }, TimedOut, "The identity binding's proxy"),
        ("a binding's proxy with a certificate of somebody else", Seen(Unanswered(TransportFailure.Untrusted) with { ToEntra = true }) with { HasBinding = true }, TokenServiceError, "AZURE_KUBERNETES_CA_FILE"),
        ("an endless answer", Seen(Unanswered(TransportFailure.TooLarge)), InvalidResponse, "64 KiB"),
        ("silence while NMI is not active", Seen(Unanswered(TransportFailure.TimedOut)) with { Health = NotActive }, NmiNotActive, "Not Active"),
        ("a refused connection", Seen(Unanswered(TransportFailure.Refused)), NmiUnreachable, "refused the connection"),
        ("a silent NMI that is alive", Seen(Unanswered(TransportFailure.TimedOut)) with { Health = Active, Fingerprint = OfNmi }, IdentityPending, "NMI waits up to 100 s"),
        ("the same, where it took 3.5 s for the last token", Seen(Unanswered(TransportFailure.TimedOut)) with { Fingerprint = OfNmi, LateToken = TimeSpan.FromSeconds(3.5) }, TimedOut, "last time, the token took 3.5 s. IMDS behind NMI is slow"),
        ("the same, for much longer than that", Seen(Unanswered(TransportFailure.TimedOut) with { Waited = TimeSpan.FromSeconds(11) }) with { Fingerprint = OfNmi, LateToken = TimeSpan.FromSeconds(3.5) }, IdentityPending, "NMI waits up to 100 s"),
        ("the same, where NMI took that long for the check's own request", Seen(new TokenExchange { Endpoint = null, Failure = TransportFailure.TimedOut }) with { MissingVariables = ["AZURE_TENANT_ID"], Fingerprint = OfNmi, LateToken = TimeSpan.FromSeconds(0.3) }, TimedOut, "when the check itself asked NMI, the token took 300 ms"),
        ("a credential that may go through a proxy", Seen(new TokenExchange { Endpoint = null, Failure = TransportFailure.TimedOut }) with { MissingVariables = ["AZURE_TENANT_ID"], Fingerprint = OfNmi, MetadataProxy = Proxy }, IdentityPending, "If the credential uses the proxy http://proxy:3128/ that HTTP_PROXY or ALL_PROXY names, add 169.254.169.254 to NO_PROXY. Otherwise: Compare"),
        ("a request that may not have been sent, where NMI is not active", Seen(Unanswered(TransportFailure.NotSent)) with { Health = NotActive }, NmiNotActive, "Not Active"),
        ("the same, where the metadata address is silent", Seen(Unanswered(TransportFailure.NotSent)) with { Health = NoHealth, Fingerprint = Silence }, NmiUnreachable, "NetworkPolicy"),
        ("the same, where an NMI that is starting is recognised by the rules of its predecessor", Seen(Unanswered(TransportFailure.NotSent)) with { Health = NotActive, Fingerprint = OfNmi }, NmiNotActive, "Not Active"),
        ("the same, where NMI is gone and IMDS is in its place", Seen(Unanswered(TransportFailure.NotSent)) with { Health = NoHealth, Fingerprint = OfImds }, NmiUnreachable, "NMI is not running on this node"),
        ("the same, where only NMI's health is out of reach", Seen(Unanswered(TransportFailure.NotSent)) with { Health = NoHealth, Fingerprint = OfNmi }, TimedOut, "may not have sent its request"),
        ("the same, where NMI is on the node and IMDS gives this pod its tokens", Seen(Unanswered(TransportFailure.NotSent)) with { Health = Active, Fingerprint = OfImds }, TimedOut, "may not have sent its request"),
        ("the same, where NMI is fine", Seen(Unanswered(TransportFailure.NotSent)) with { Health = Active, Fingerprint = OfNmi }, TimedOut, "may not have sent its request"),
        ("the silence of a credential whose identity the check can ask for by itself", Seen(MayBeUnsent) with { MissingVariables = ["AZURE_TENANT_ID"], Fingerprint = OfNmi }, TimedOut, "may not have sent its request"),
        ("the same, once NMI is silent to the check itself", Seen(MayBeUnsent with { Waited = TimeSpan.FromSeconds(4) }) with { MissingVariables = ["AZURE_TENANT_ID"], Fingerprint = OfNmi }, IdentityPending, "NMI waits up to 100 s"),
        ("a silent credential of an identity that the check is not told", Seen(new TokenExchange { Endpoint = null, Failure = TransportFailure.TimedOut }) with { MissingVariables = ["AZURE_TENANT_ID"], Fingerprint = OfNmi }, IdentityPending, "set the check's ClientId"),
        ("a credential that is refused elsewhere", Seen(new TokenExchange { Endpoint = null, Failure = TransportFailure.Refused }) with { MissingVariables = ["AZURE_TENANT_ID"], Fingerprint = OfNmi, MetadataProxy = Proxy }, CredentialFailed, "although NMI is alive. If the credential uses the proxy"),
        ("NMI gone, with the same proxy", Seen(new TokenExchange { Endpoint = null, Failure = TransportFailure.TimedOut }) with { MissingVariables = ["AZURE_TENANT_ID"], Health = NotActive, MetadataProxy = Proxy }, NmiNotActive, "token requests do not reach it. NMI becomes active"),
        ("a token file that a credential cannot use, with the same proxy", Seen(new TokenExchange { Endpoint = null, Failure = TransportFailure.Credential, ToEntra = true }) with { FederatedToken = BadFile, MetadataProxy = Proxy }, FederatedTokenUnusable, "does not exist. "),
        ("the same, asked once only", Seen(Unanswered(TransportFailure.TimedOut)) with { Fingerprint = OfNmi, IsOnlyAttempt = true }, IdentityPending, "One attempt cannot tell"),
        ("a silent NMI whose health is out of reach", Seen(Unanswered(TransportFailure.TimedOut)) with { Health = NoHealth, Fingerprint = OfNmi }, IdentityPending, "NMI is alive"),
        ("an NMI silent for longer than it waits for anything", Seen(Unanswered(TransportFailure.TimedOut) with { Waited = TimeSpan.FromSeconds(116) }) with { Fingerprint = OfNmi }, TokenServiceError, "so IMDS is not responding"),
        ("an NMI that broke off its answer", Seen(Unanswered(TransportFailure.Broken)) with { Fingerprint = OfNmi }, InvalidResponse, "NMI is alive"),
        ("a silent metadata address", Seen(Unanswered(TransportFailure.TimedOut)) with { Health = Active, Fingerprint = Silence }, NmiUnreachable, "an overloaded NMI answers late"),
        ("silence, and nothing more is known than that NMI's health is silent", Seen(Unanswered(TransportFailure.TimedOut)) with { Health = NoHealth }, NmiUnreachable, "NetworkPolicy"),
        ("silence where NMI is gone and IMDS is in its place", Seen(Unanswered(TransportFailure.TimedOut)) with { Health = NoHealth, Fingerprint = OfImds }, NmiUnreachable, "NMI is not running on this node"),
        ("silence where NMI is required, and somebody else intercepts", Seen(Unanswered(TransportFailure.TimedOut)) with { Fingerprint = OfImds, Expected = new() { Responder = PodIdentityResponder.Nmi } }, NotIntercepted, "do not reach NMI"),
        ("silence", Seen(Unanswered(TransportFailure.TimedOut)) with { Fingerprint = OfImds }, TimedOut, "raise AttemptTimeout"),
        ("a broken answer", Seen(Unanswered(TransportFailure.Broken)) with { Fingerprint = OfImds }, InvalidResponse, "Check TokenEndpoint"),

        // What stands, while NMI is looked at.
        ("a standing refusal, NMI alive", Standing(Read(404, "no azure identity found")) with { Health = Active, Fingerprint = OfNmi }, IdentityNotBound, "has no identity"),
        ("a standing refusal, NMI not active", Standing(Read(404, "no azure identity found")) with { Health = NotActive }, NmiNotActive, "Not Active"),
        ("a standing refusal, only the health of NMI out of reach", Standing(Read(404, "no azure identity found")) with { Health = NoHealth, Fingerprint = OfNmi }, IdentityNotBound, "has no identity"),
        ("a standing refusal, NMI gone", Standing(Read(404, "no azure identity found")) with { Health = NoHealth, Fingerprint = OfImds }, NmiUnreachable, "refused the connection"),
        ("a standing refusal, NMI bypassed", Standing(Read(404, "no azure identity found")) with { Health = Active, Fingerprint = OfImds }, NotIntercepted, "do not reach NMI"),
        ("a standing refusal, the metadata address silent", Standing(Read(404, "no azure identity found")) with { Health = Active, Fingerprint = Silence }, NmiUnreachable, "NetworkPolicy"),
        ("a standing silence, NMI not looked at", Standing(Unanswered(TransportFailure.TimedOut)), TimedOut, "did not answer"),

        // The webhook missed the pod.
        ("the node's token on a pod without the webhook's variables", NotInjected(Issued(PodIdentityResponder.Imds)), WorkloadIdentityNotInjected, "AZURE_CLIENT_ID, AZURE_TENANT_ID"),
        ("a refusal on a pod without the webhook's variables", NotInjected(Refused(PodIdentityResponder.Imds, 429)), WorkloadIdentityNotInjected, "the node's IMDS answered 429"),
        ("a silent metadata address on a pod without the webhook's variables", NotInjected(Unanswered(TransportFailure.TimedOut)), WorkloadIdentityNotInjected, "recreate the pod"),
        ("what that says of the address", NotInjected(Unanswered(TransportFailure.TimedOut)), WorkloadIdentityNotInjected, $"{Metadata} did not answer"),
        ("a pod that is to have an identity binding, without its variables", NotInjected(Issued(PodIdentityResponder.Imds)) with { Expected = new() { Responder = PodIdentityResponder.IdentityBindingProxy } }, WorkloadIdentityNotInjected, "use-identity-binding"),
        ("the variables are set, and the proxy answers", Seen(Issued(PodIdentityResponder.WorkloadIdentityProxy)) with { Expected = new() { Responder = PodIdentityResponder.Entra } }, NotIntercepted, "instead of Microsoft Entra ID"),

        // Nothing shows that there is an NMI.
        ("silence on a pod without NMI", Seen(Unanswered(TransportFailure.TimedOut)) with { HasNmi = false, Fingerprint = Silence }, TimedOut, "IMDS restriction"),
        ("silence on a pod that has had NMI", Seen(Unanswered(TransportFailure.TimedOut)) with { Fingerprint = Silence }, NmiUnreachable, "kubectl -n kube-system get pods -l component=nmi"),

        // The node's own identity.
        ("a token of IMDS, and nothing expected", Seen(Issued(PodIdentityResponder.Imds)), null, "it is for the node's identity"),

        // Only NMI was asked.
        ("NMI's health out of reach", new Observation { Health = NoHealth }, NmiUnreachable, "from that address"),
        ("NMI's health is somebody else's", new Observation { Health = Active with { Status = 404 } }, InvalidResponse, "not NMI's health endpoint"),
        ("NMI not active", new Observation { Health = NotActive }, NmiNotActive, "Not Active"),
        ("neither word", new Observation { Health = Active with { Text = "OK" } }, InvalidResponse, "NMI would say"),
        ("NMI active and bypassed", new Observation { Health = Active, Fingerprint = OfImds }, NotIntercepted, "iptables"),
        ("NMI active, the metadata address dropped by a policy", new Observation { Health = Active, Fingerprint = Silence }, NmiUnreachable, "NetworkPolicy denies 169.254.169.254:80"),
        ("NMI active and intercepting", new Observation { Health = Active, Fingerprint = OfNmi }, null, "intercepts this pod's token requests"),
        ("NMI active, interception not asked", new Observation { Health = Active }, null, "says that it is active"),
        ("NMI answers, and need not be active", new Observation { Health = NotActive, RequireActive = false }, null, "NMI answers"),
    ];

    public static TheoryData<string> Cases => [.. Rows.Select(r => r.Case)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_names_the_broken_part_and_says_what_to_do(string name)
    {
        var (_, seen, reason, says) = Rows.Single(r => r.Case.Equals(name, StringComparison.Ordinal));

        var finding = FailureTable.Read(seen);

        Assert.Equal(reason, finding.Reason);
        Assert.Contains(says, $"{finding.What}. {finding.Hint}", StringComparison.Ordinal);
        Assert.True(finding.Reason is null || finding.Hint is { Length: > 0 });
    }

    [Fact]
    public void A_refusal_repeats_which_identity_was_named_and_what_was_answered()
    {
        var refused = Seen(Refused(PodIdentityResponder.Nmi, 404) with { Known = KnownAnswer.NoIdentityFound });

        Assert.Equal("NMI has no identity for this pod", FailureTable.Read(refused).What);
        Assert.Equal(
            $"NMI has no identity with client ID {Id} for this pod (\"no azure identity found\")",
            FailureTable.Read(refused with { Selector = $"client ID {Id}", Token = refused.Token! with { Text = "no azure identity found" } }).What);
    }

    [Theory]
    [InlineData(700213, true)]
    [InlineData(7000215, false)]
    public void Only_a_refusal_of_the_federation_shows_what_the_token_holds(int code, bool shows)
    {
        var refused = Seen(Refused(PodIdentityResponder.Entra, 400) with { ToEntra = true, EntraError = code }) with { FederatedToken = new("/var/run/token") { Claims = Claims } };

        Assert.Equal(shows, FailureTable.Read(refused).What.Contains("the token in /var/run/token has issuer `https://issuer`", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PodIdentityResponder.IdentityBindingProxy, true)]
    [InlineData(PodIdentityResponder.Entra, false)]
    public void Only_who_is_to_have_a_binding_is_told_to_look_at_its_annotation(PodIdentityResponder expected, bool isTold)
    {
        var seen = NotInjected(Issued(PodIdentityResponder.Imds)) with { Expected = new() { Responder = expected } };

        Assert.Equal(isTold, FailureTable.Read(seen).Hint!.Contains("use-identity-binding", StringComparison.Ordinal));
    }

    [Fact]
    public void A_token_that_is_no_JWT_has_no_owner() => Assert.Equal(
        "NMI issued a token, valid for 24 h; it is not a JWT, so there is no way to tell which identity it is for",
        FailureTable.Read(Seen(Issued(PodIdentityResponder.Nmi, claims: null))).What);

    [Fact]
    public void A_token_has_an_owner_and_a_lifetime() => Assert.Equal(
        $"NMI issued a token to client ID {Id}, valid for 24 h", FailureTable.Read(Seen(Issued(PodIdentityResponder.Nmi))).What);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_who_asks_once_is_told_who_would_wait_for_the_reason(bool isOnlyAttempt)
    {
        var pending = Seen(Unanswered(TransportFailure.TimedOut)) with { Fingerprint = OfNmi, IsOnlyAttempt = isOnlyAttempt };

        Assert.Equal(isOnlyAttempt, FailureTable.Read(pending).Hint!.Contains("One attempt cannot tell", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(299, false)]
    [InlineData(300, true)]
    [InlineData(399, true)]
    [InlineData(400, false)]
    public void A_redirect_is_named_as_one(int status, bool isRedirect) => Assert.Equal(
        isRedirect, FailureTable.Read(Seen(Refused(PodIdentityResponder.Imds, status))).What.Contains("a redirect", StringComparison.Ordinal));

    [Fact]
    public void A_token_that_names_nobody_changes_nothing_about_whom_tokens_come_for()
    {
        var before = After(Id);

        Assert.Same(before, before.After(TokenIdentity.Unverifiable, PodIdentityResponder.Nmi, TimeProvider.System));
    }

    [Theory]
    [InlineData(Throttled, true, false)]
    [InlineData(TokenServiceUpdating, true, false)]
    [InlineData(TokenServiceError, true, false)]
    [InlineData(TimedOut, true, false)]
    [InlineData(IdentityPending, true, false)]
    [InlineData(InvalidResponse, false, false)]
    [InlineData(CredentialFailed, false, false)]
    [InlineData(NmiUnreachable, false, true)]
    [InlineData(NmiNotActive, false, true)]
    [InlineData(NotIntercepted, false, true)]
    [InlineData(IdentityNotBound, false, true)]
    [InlineData(IdentityNotFound, false, true)]
    [InlineData(IdentityAmbiguous, false, true)]
    [InlineData(IdentityMismatch, false, true)]
    [InlineData(IdentityUnstable, false, true)]
    [InlineData(TokenRejected, false, true)]
    [InlineData(FederatedTokenUnusable, false, true)]
    [InlineData(TokenExpiring, false, true)]
    [InlineData(WorkloadIdentityNotInjected, false, true)]
    public void Trouble_of_the_service_is_excused_and_a_definite_finding_refutes_the_last_token(PodIdentityFailureReason reason, bool isExcused, bool refutes)
    {
        var finding = new Finding(reason, "");

        Assert.Equal((isExcused, refutes), (finding.IsServiceTrouble, finding.RefutesToken));
    }

    private static Observation Seen(TokenExchange token) => new() { Token = token, At = Now, MinimumTokenLifetime = TimeSpan.FromMinutes(5) };

    private static Observation NotInjected(TokenExchange token) =>
        Seen(token) with { Expected = new() { Responder = PodIdentityResponder.Entra }, MissingVariables = ["AZURE_CLIENT_ID", "AZURE_TENANT_ID"] };

    private static Observation Standing(TokenExchange token) => Seen(token) with { IsStanding = true };

    private static TokenExchange Issued(PodIdentityResponder responder, string? claims = Id, TimeSpan? lifetime = null, TimeSpan? age = null) => new()
    {
        Endpoint = Metadata,
        Status = 200,
        Responder = responder,
        Token = new TokenFacts(claims is null ? TokenIdentity.Unverifiable : new TokenIdentity(claims, null, null, null), Now + (lifetime ?? TimeSpan.FromHours(24)), Now - age),
    };

    private static TokenExchange Refused(PodIdentityResponder responder, int status) => new() { Endpoint = Metadata, Status = status, Responder = responder };

    private static TokenExchange Unanswered(TransportFailure failure) => new() { Endpoint = Metadata, Failure = failure };

    /// <summary>An answer of NMI, in its own words.</summary>
    private static TokenExchange Read(int status, string text) =>
        TokenAnswerReader.Read(new TokenAnswer(Metadata, ToEntra: false, status, ContentType: "text/plain"), Encoding.UTF8.GetBytes(text), Now);

    private static string Adal(int status, string text) =>
        $$"""adal: Refresh request failed. Status Code = '{{status}}'. Response body: {"error":"invalid_request","error_description":"{{text}}"} Endpoint http://169.254.169.254/x""";

    private static IdentityHistory After(params string[] clientIds) => clientIds.Aggregate(
        IdentityHistory.Empty, (history, id) => history.After(new TokenIdentity(id, null, null, null), PodIdentityResponder.Nmi, TimeProvider.System));
}
