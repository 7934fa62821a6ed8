using System.Collections.ObjectModel;
using PodIdentity.HealthChecks.Testing.WorkloadIdentity;

namespace PodIdentity.HealthChecks.Testing;

/// <summary>A pod as the simulated workload identity webhook left it.</summary>
public sealed class SimulatedWorkload : IDisposable
{
    internal const string AuthorityHost = "AZURE_AUTHORITY_HOST";
    internal const string CertificateAuthorityFile = "AZURE_KUBERNETES_CA_FILE";
    internal const string ClientId = "AZURE_CLIENT_ID";
    internal const string FederatedTokenFile = "AZURE_FEDERATED_TOKEN_FILE";
    internal const string ServerName = "AZURE_KUBERNETES_SNI_NAME";
    internal const string TenantId = "AZURE_TENANT_ID";
    internal const string TokenProxy = "AZURE_KUBERNETES_TOKEN_PROXY";

    /// <summary>The kubelet renews a token when this part of its life is over.</summary>
    private const double RenewedAfter = 0.8;

    private static readonly string[] Names =
        [AuthorityHost, "AZURE_KUBERNETES_CA_DATA", CertificateAuthorityFile, ServerName, TokenProxy, ClientId, FederatedTokenFile, TenantId];

    private readonly object _lock = new();
    private readonly ProjectedVolume? _volume;
    private readonly Func<TimeSpan, string> _issue;
    private readonly TimeProvider _time;
    private readonly ITimer? _renewal;
    private bool _deleted;

    internal SimulatedWorkload(
        SimulatedFederatedCredential credential, (string Name, string Value)[] variables, ProjectedVolume? volume, Func<TimeSpan, string> issue, TimeProvider time)
    {
        (FederatedCredential, _volume, _issue, _time) = (credential, volume, issue, time);
        Variables = new ReadOnlyDictionary<string, string?>(
            Names.ToDictionary(n => n, n => (string?)variables.FirstOrDefault(v => v.Name.Equals(n, StringComparison.Ordinal)).Value, StringComparer.Ordinal));
        if (volume is not null)
        {
            _renewal = time.CreateTimer(static pod => ((SimulatedWorkload)pod!).Renew(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Rotate();
        }
    }

    /// <summary>Gets the webhook's variables by name; <see langword="null"/> means unset. To set them in this process, call <see cref="ApplyVariables"/>.</summary>
    public IReadOnlyDictionary<string, string?> Variables { get; }

    /// <summary>Gets the path of the service account's token; <see langword="null"/> in a pod that the webhook missed.</summary>
    public string? TokenFile => _volume?.File;

    /// <summary>Gets the federated credential that fits the pod, for <see cref="SimulatedEntra.AddFederatedCredential"/>.</summary>
    public SimulatedFederatedCredential FederatedCredential { get; }

    /// <summary>Gets or sets the lifetime of service account tokens issued from now on; if negative, they are already expired when issued.</summary>
    /// <value>The default is one hour.</value>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets whether the kubelet renews the token after 80% of its life.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool Rotates { get; set; } = true;

    /// <summary>Writes a new token now, as the kubelet does. Nothing happens in a pod that the webhook missed.</summary>
    public void Rotate()
    {
        lock (_lock)
        {
            if (_volume is null || _deleted)
            {
                return;
            }

            _volume.Write(_issue(TokenLifetime), _time.GetUtcNow());
            if (TokenLifetime > TimeSpan.Zero)
            {
                _renewal!.Change(TokenLifetime * RenewedAfter, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Sets the pod's variables in this process, and unsets those that the pod lacks. A process has one environment: use this in one test at a time.</summary>
    /// <returns>Restores the variables when disposed of.</returns>
    public IDisposable ApplyVariables() => new AppliedVariables(Variables);

    /// <summary>Deletes the token file and its folder.</summary>
    public void Dispose()
    {
        _renewal?.Dispose();
        lock (_lock)
        {
            if (!_deleted)
            {
                _deleted = true;
                _volume?.Delete();
            }
        }
    }

    private void Renew()
    {
        if (Rotates)
        {
            Rotate();
        }
    }

    private sealed class AppliedVariables : IDisposable
    {
        private readonly Dictionary<string, string?> _before;

        public AppliedVariables(IReadOnlyDictionary<string, string?> variables)
        {
            _before = variables.Keys.ToDictionary(n => n, Environment.GetEnvironmentVariable, StringComparer.Ordinal);
            Set(variables);
        }

        public void Dispose() => Set(_before);

        private static void Set(IEnumerable<KeyValuePair<string, string?>> variables)
        {
            foreach (var (name, value) in variables)
            {
                Environment.SetEnvironmentVariable(name, value);
            }
        }
    }
}
