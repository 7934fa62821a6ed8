using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Nmi;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;
using PodIdentity.HealthChecks.Probe.Settings;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Probe.Examining;

/// <summary>Takes every step on the way to a token, in order, for a person. What a failure means is the library's to say.</summary>
/// <param name="plan">Where the way leads.</param>
/// <param name="attemptOf">Requests a token as a plan says, three times at most.</param>
/// <param name="roots">Whom to trust on the way.</param>
/// <param name="environment">The pod's variables.</param>
/// <param name="time">The clock.</param>
/// <param name="report">Where to report each step.</param>
internal sealed class Examination(
    Plan plan, Func<Plan, IAttempt> attemptOf, TrustedRoots roots, Func<string, string?> environment, TimeProvider time, IReport report)
{
    private const string NotNeeded = "not needed with workload identity";
    private const string NotChecked = "not checked";

    private int _code = ExitCode.Healthy;

    /// <summary>Whether a token can be requested at all.</summary>
    private bool _isBlocked;

    private TimeSpan Timeout => plan.Nmi.AttemptTimeout;

    private Uri Metadata => plan.Nmi.MetadataAddress;

    /// <summary>Whether NMI is on the way: it need not be where somebody else must answer.</summary>
    private bool MayHaveNmi => plan.Federated is null && plan.Token.RequiredResponder is null or PodIdentityResponder.Nmi;

    private bool MustHaveNmi => MayHaveNmi && (plan.Token.NmiHealthEndpoint is not null || plan.Token.RequiredResponder is PodIdentityResponder.Nmi);

    /// <returns>The exit code of the first step that failed.</returns>
    public async Task<int> RunAsync(CancellationToken stopping)
    {
        Say(Step.Ok("mode", Mode()));
        Say(Variables());
        Say(TokenFile());
        await ExamineNmiAsync(stopping).ConfigureAwait(false);
        await ExamineMetadataAsync(stopping).ConfigureAwait(false);
        await ExamineEntraAsync(stopping).ConfigureAwait(false);
        await ExamineTokenAsync(stopping).ConfigureAwait(false);
        if (plan.AllIdentities)
        {
            await ExamineOthersAsync(stopping).ConfigureAwait(false);
        }

        return _code;
    }

    /// <summary>What to do is said once, where the way ends: what is wrong behind that mostly follows from it.</summary>
    private void Say(Step step)
    {
        var isFirst = step.Outcome is Outcome.Failed && _code is ExitCode.Healthy;
        _code = isFirst ? ExitCode.Of(step.Reason) : _code;
        report.Step(isFirst || _code is ExitCode.Healthy ? step : step with { Hint = null });
    }

    private string Mode() => plan.Federated switch
    {
        { Proxy: { } proxy } => $"AKS identity binding: its proxy at {SafeText.Address(proxy.Address)} exchanges the pod's federated token",
        { } pod => $"workload identity: Microsoft Entra ID at {SafeText.Address(pod.TokenEndpoint!)} exchanges the pod's federated token",
        _ => $"metadata address: NMI, the workload identity proxy or the node's IMDS answers token requests at {SafeText.Address(plan.Token.TokenEndpoint ?? Metadata)}",
    };

    private Step Variables()
    {
        string[] proxies = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];
        string[] names =
        [
            .. ProbeSetting.All.Select(s => s.Variable),
            .. FederatedPod.Variables,
            MetadataService.AuthorityHostVariable,
            TrustedRoots.FileVariable,
            .. proxies.SelectMany(n => new[] { n, n.ToLowerInvariant() }),
        ];
        var set = names.Where(n => !string.IsNullOrEmpty(environment(n))).ToList();
        var missing = FederatedPod.FindMissing(plan.Token, environment);
        var finding = FailureTable.Read(Unanswered(TransportFailure.NotSent) with { MissingVariables = missing });
        var seen = set.Count is 0 ? "none set" : $"set: {string.Join(", ", set)}";
        return finding.Reason is PodIdentityFailureReason.WorkloadIdentityNotInjected
            ? Step.Of("variables", finding, $"{seen}; not set: {string.Join(", ", missing)}")
            : Step.Ok("variables", seen);
    }

    private Step TokenFile()
    {
        const string Name = "token file";
        if (environment(FederatedTokenFacts.Variable) is not { Length: > 0 } path)
        {
            return Step.Skipped(Name, $"{FederatedTokenFacts.Variable} is not set");
        }

        var file = FederatedTokenFile.Inspect(path, time.GetUtcNow());
        if (plan.Federated is null)
        {
            return Step.Skipped(Name, $"{SafeText.Identifier(path)} is not used: the token is requested from the metadata address");
        }

        _isBlocked = file.Problem is not null;
        return file.Problem is not null
            ? Step.Of(Name, FailureTable.Read(new Observation { Token = FederatedTokenSource.NoToken, FederatedToken = file }))
            : Step.Ok(Name, $"{SafeText.Identifier(path)}: {file.Claims}; valid for {Phrases.For(file.Claims.ExpiresOn!.Value - time.GetUtcNow())}{Readers(path)}");
    }

    private static string Readers(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return string.Empty;
        }

        var mode = File.GetUnixFileMode(path);
        var who = mode.HasFlag(UnixFileMode.OtherRead) ? "everybody" : mode.HasFlag(UnixFileMode.GroupRead) ? "its owner and group" : "only its owner";
        return $"; mode {Convert.ToString((int)mode, 8)}: {who} may read it";
    }

    private async Task ExamineNmiAsync(CancellationToken stopping)
    {
        const string Host = "HOST_IP";
        const string Port = "NMI port";
        const string Health = "NMI health";
        var why = plan.Federated is not null ? NotNeeded
            : !MayHaveNmi ? $"not needed: {Phrases.For(plan.Token.RequiredResponder!.Value)} must answer"
            : plan.Token.NmiHealthEndpoint is null ? "not set, so NMI's health cannot be checked"
            : null;
        if (why is not null)
        {
            Say(Step.Skipped(Host, why));
            Say(Step.Skipped(Port, NotChecked));
            Say(Step.Skipped(Health, NotChecked));
            return;
        }

        var endpoint = plan.Token.NmiHealthEndpoint!;
        Say(Step.Ok(Host, $"NMI's health endpoint is {SafeText.Address(endpoint)}"));
        using var connection = new Connection(Timeout, time);
        var failure = await ReachAsync(connection, endpoint, stopping).ConfigureAwait(false);
        Say(Reached(Port, connection, failure, endpoint, new Observation { Health = new PlainAnswer(SafeText.Address(endpoint), failure) }));
        if (failure is not TransportFailure.None)
        {
            Say(Step.Skipped(Health, NotChecked));
            return;
        }

        var (answer, elapsed) = await GetAsync(endpoint, Timeout, stopping).ConfigureAwait(false);
        Say(Step.Of(Health, FailureTable.Read(new Observation { Health = answer, RequireActive = plan.Nmi.RequireActive }), $"{answer.Endpoint} {Phrases.For(answer)}", elapsed));
    }

    private async Task ExamineMetadataAsync(CancellationToken stopping)
    {
        const string Address = "metadata address";
        const string Interception = "interception";
        if (plan.Federated is not null)
        {
            Say(Step.Skipped(Address, NotNeeded));
            Say(Step.Skipped(Interception, NotChecked));
            return;
        }

        using var connection = new Connection(Timeout, time);
        var failure = await ReachAsync(connection, Metadata, stopping).ConfigureAwait(false);
        Say(Reached(Address, connection, failure, Metadata, Unanswered(failure)));
        if (failure is not TransportFailure.None)
        {
            _isBlocked = true;
            Say(Step.Skipped(Interception, NotChecked));
            return;
        }

        var (answer, elapsed) = await GetAsync(MetadataService.FingerprintOf(Metadata), NmiLooks.Timeout, stopping).ConfigureAwait(false);
        var seen = $"{answer.Endpoint} {Phrases.For(answer)}";
        Say(answer.IsNmi() ? Step.Ok(Interception, $"NMI intercepts: {seen}, as only NMI does", elapsed)
            : MustHaveNmi || answer.IsSilent() ? Step.Of(
                Interception,
                FailureTable.Read(Unanswered(TransportFailure.TimedOut) with { Fingerprint = answer, IsStanding = MustHaveNmi }),
                answer.IsSilent() ? seen : $"NMI does not intercept: {seen}",
                elapsed)
            : Step.Ok(Interception, $"NMI does not intercept (not required): {seen} (responder: {(Responders.OfServer(answer.Server) is { } responder ? Phrases.For(responder) : "unknown")})", elapsed));
    }

    private async Task ExamineEntraAsync(CancellationToken stopping)
    {
        string[] names = ["DNS", "TCP", "TLS"];
        if (plan.Federated is not { TokenEndpoint: { } endpoint } pod)
        {
            Array.ForEach(names, name => Say(Step.Skipped($"Entra {name}", "not needed: the token is requested from the metadata address")));
            return;
        }

        using var connection = new Connection(Timeout, time);
        using var handler = roots.Connect(pod);
        var proxy = handler.UseProxy ? handler.Proxy?.GetProxy(endpoint) : null;
        var first = proxy ?? endpoint;
        var failure = TransportFailure.None;
        foreach (var name in names)
        {
            var step = pod.HasBinding ? $"binding {name}" : proxy is null || name is "TLS" ? $"Entra {name}" : $"proxy {name}";
            if (failure is not TransportFailure.None)
            {
                Say(Step.Skipped(step, "not tried"));
                continue;
            }

            if (proxy is not null && name is "TLS")
            {
                Say(Step.Skipped(step, $"not tried through the proxy {SafeText.Address(proxy)} (HTTPS_PROXY)"));
                continue;
            }

            failure = await (name switch
            {
                "DNS" => connection.ResolveAsync(first.IdnHost, stopping),
                "TCP" => connection.ConnectAsync(first.Port, stopping),
                _ => connection.AuthenticateAsync(pod.Proxy?.ServerName ?? endpoint.IdnHost, handler.SslOptions, stopping),
            }).ConfigureAwait(false);
            var observation = new Observation
            {
                Token = new TokenExchange { Endpoint = SafeText.Address(endpoint), ToEntra = true, Failure = failure },
                HasBinding = pod.HasBinding,
                EgressProxy = proxy is null ? null : SafeText.Address(proxy),
            };
            Say(Reached(step, connection, failure, first, observation));
        }

        _isBlocked |= failure is not TransportFailure.None;
    }

    private async Task ExamineTokenAsync(CancellationToken stopping)
    {
        const string Token = "token";
        const string Identity = "identity";
        if (_isBlocked)
        {
            Say(Step.Skipped(Token, "not requested"));
            Say(Step.Skipped(Identity, "there is no token"));
            return;
        }

        var verdict = await AskAsync(plan.Token, stopping).ConfigureAwait(false);
        string[] keys = [PodIdentityDataKeys.ClientId, PodIdentityDataKeys.ObjectId, PodIdentityDataKeys.TenantId, PodIdentityDataKeys.ResourceId];
        var whose = string.Join(", ", keys.Where(verdict.Data.ContainsKey).Select(key => $"{key} {verdict.Data[key]}"));
        var failed = new Step(Token, Outcome.Failed, verdict.What, verdict.Elapsed) { Reason = verdict.Reason, Hint = verdict.Hint };
        if (verdict.Reason is PodIdentityFailureReason.IdentityMismatch)
        {
            Say(Step.Ok(Token, "issued", verdict.Elapsed));
            Say(failed with { Name = Identity, Elapsed = null });
        }
        else if (verdict.HasToken)
        {
            Say(Step.Ok(Token, verdict.What, verdict.Elapsed) with { Reason = verdict.Reason, Hint = verdict.Hint });
            Say(Step.Ok(Identity, whose.Length > 0 ? whose : "the token does not name its identity"));
        }
        else
        {
            Say(failed);
            Say(Step.Skipped(Identity, whose.Length > 0 ? whose : "there is no token"));
        }
    }

    /// <summary>What somebody would get who asked for another identity: nothing that the pod has to have, so a dash at worst.</summary>
    private async Task ExamineOthersAsync(CancellationToken stopping)
    {
        const string Name = "other identity";
        var own = environment(FederatedPod.ClientVariable);
        if (own is { Length: > 0 } && !Guid.TryParseExact(own, "D", out _))
        {
            report.Step(Step.Skipped(Name, $"{FederatedPod.ClientVariable} is not a GUID"));
            own = null;
        }

        // NMI takes an ID as it is written.
        string?[] unnamed = plan.Federated is null ? [null] : [];
        string?[] asked = plan.Federated is { } pod ? [plan.Token.ClientId ?? pod.ClientId] : [plan.Token.ClientId ?? plan.Token.ResourceId ?? plan.Token.ObjectId];
        var others = unnamed.Concat(new[] { own, plan.Token.ExpectedClientId }.Where(c => c is { Length: > 0 })).Except(asked, StringComparer.Ordinal).ToList();
        if (_isBlocked || others is [])
        {
            report.Step(Step.Skipped(Name, _isBlocked ? "not requested" : $"{FederatedPod.ClientVariable} and {ProbeSetting.ExpectedClientId.Flag} name no other"));
            return;
        }

        foreach (var client in others)
        {
            var options = new PodIdentityHealthCheckOptions
            {
                ClientId = client,
                Resource = plan.Token.Resource,
                TokenEndpoint = plan.Token.TokenEndpoint,
                NmiHealthEndpoint = plan.Token.NmiHealthEndpoint,
                AttemptTimeout = plan.Token.AttemptTimeout,
            };
            var verdict = await AskAsync(options, stopping).ConfigureAwait(false);
            var outcome = verdict.HasToken ? Outcome.Ok : Outcome.Skipped;
            report.Step(new Step(Name, outcome, $"{client ?? "without an ID"}: {verdict.What}", verdict.Elapsed) { Reason = verdict.Reason });
        }
    }

    private async Task<Verdict> AskAsync(PodIdentityHealthCheckOptions options, CancellationToken stopping)
    {
        using var attempt = attemptOf(plan with { Token = options });
        using var progress = new ProgressLines(time, report, options.AttemptTimeout);
        return await attempt.RunAsync(stopping).ConfigureAwait(false);
    }

    private async Task<(PlainAnswer Answer, TimeSpan Elapsed)> GetAsync(Uri address, TimeSpan timeout, CancellationToken stopping)
    {
        using var client = new HttpMessageInvoker(DirectHttp.CreateHandler());
        var start = time.GetTimestamp();
        var answer = await new HttpProbe(client, time).GetAsync(address, timeout, stopping).ConfigureAwait(false);
        return (answer, time.GetElapsedTime(start));
    }

    private static async Task<TransportFailure> ReachAsync(Connection connection, Uri address, CancellationToken stopping)
    {
        var failure = await connection.ResolveAsync(address.IdnHost, stopping).ConfigureAwait(false);
        return failure is TransportFailure.None ? await connection.ConnectAsync(address.Port, stopping).ConfigureAwait(false) : failure;
    }

    private static Step Reached(string name, Connection connection, TransportFailure failure, Uri address, Observation seen) => failure switch
    {
        TransportFailure.None => Step.Ok(name, connection.Seen, connection.Elapsed),
        _ when !connection.IsResolved => Step.Of(
            name,
            FailureTable.Read(seen) with { Hint = "Check the variable that the name comes from, then the cluster's DNS: the pod's /etc/resolv.conf, CoreDNS, and whether a NetworkPolicy allows port 53" },
            $"{address.IdnHost} could not be resolved{(failure is TransportFailure.TimedOut ? " in time" : string.Empty)}",
            connection.Elapsed),
        _ => Step.Of(
            name,
            FailureTable.Read(seen),
            $"{address.IdnHost}:{address.Port} {Phrases.For(failure)}{(connection.Seen.Length > 0 ? $"; {connection.Seen}" : string.Empty)}",
            connection.Elapsed),
    };

    /// <summary>What a token request would see that is not answered.</summary>
    private Observation Unanswered(TransportFailure failure) => new()
    {
        Token = new TokenExchange { Endpoint = SafeText.Address(Metadata), Failure = failure },
        Fingerprint = new PlainAnswer(SafeText.Address(Metadata), failure),
        Expected = IdentitySelection.ExpectationOf(plan.Token),
        HasNmi = MustHaveNmi,
    };
}
