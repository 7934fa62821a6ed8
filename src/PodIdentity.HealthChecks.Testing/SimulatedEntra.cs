using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using PodIdentity.HealthChecks.Testing.Entra;
using PodIdentity.HealthChecks.Testing.Tls;
using PodIdentity.HealthChecks.Testing.Validation;

namespace PodIdentity.HealthChecks.Testing;

/// <summary>
/// The simulated Microsoft Entra ID, which exchanges a service account's token for an identity's, over TLS. It verifies issuer, signature,
/// subject, audience and validity.
/// </summary>
public sealed class SimulatedEntra
{
    private const string PublicCloud = "login.microsoftonline.com";

    private readonly object _lock = new();
    private readonly Dictionary<SimulatedIdentity, List<(SimulatedFederatedCredential Credential, long AddedAt)>> _identities = [];
    private readonly Dictionary<string, IssuerKeys> _issuers = new(StringComparer.Ordinal);
    private readonly SimulatorClock _clock;
    private readonly ServerIdentity _server;
    private readonly IPEndPoint _endPoint;
    private readonly Action _changed;
    private readonly string[] _names;
    private Random? _noise;

    internal SimulatedEntra(Uri address, IPEndPoint endPoint, ServerIdentity server, SimulatorClock clock, Action changed)
    {
        Address = address;
        _endPoint = endPoint;
        _server = server;
        _clock = clock;
        _changed = changed;
        _names = [address.Host, "localhost", PublicCloud, $"{IPAddress.Loopback}"];
    }

    /// <summary>Gets its address, the value for <c>AZURE_AUTHORITY_HOST</c>.</summary>
    public Uri Address { get; }

    /// <summary>
    /// Gets the CA that issues its certificate, with the CA's private key. The certificate is for
    /// <see cref="PodIdentitySimulatorOptions.EntraHost"/>, <c>localhost</c> and <c>login.microsoftonline.com</c>.
    /// </summary>
    public X509Certificate2 CertificateAuthority => _server.Authority;

    /// <summary>Gets the path of a PEM file with that CA, for <c>SSL_CERT_FILE</c>. It is deleted with the simulator.</summary>
    public string CertificateAuthorityFile => _server.AuthorityFile;

    /// <summary>Gets or sets what is wrong with Entra.</summary>
    /// <value>The default is <see cref="EntraFault.None"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a member of the enumeration.</exception>
    public EntraFault Fault
    {
        get;
        set
        {
            field = Accept.Defined(value);
            _changed();
        }
    }

    /// <summary>Gets or sets the number of the <c>AADSTS…</c> error that every token request is refused with, valid or not.</summary>
    /// <value>
    /// The default is <see langword="null"/>: none. One of 50027, 50034, 50196, 53003, 70011, 70021, 70023, 70025, 90002, 90033, 90055, 90061, 500011, 700016,
    /// 700024, 700211, 700212, 700213, 7000272, 7002138, 900144, 1002012.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The simulator does not know the number.</exception>
    public int? Error
    {
        get;
        set => field = value is null || EntraErrors.Knows(value.Value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The simulator does not know this error. Example: 700213.");
    }

    /// <summary>Gets or sets the share of valid exchanges that are refused with <c>AADSTS700213</c>, as happens with the real Entra now and then.</summary>
    /// <value>The default is 0. Range: 0 to 1. Users have measured 0.02.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not between 0 and 1.</exception>
    public double Noise
    {
        get;
        set => field = value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Noise must be between 0 and 1, for example 0.02.");
    }

    /// <summary>Gets or sets the seed of <see cref="Noise"/>: the same seed gives the same sequence.</summary>
    /// <value>The default is 0.</value>
    public int NoiseSeed
    {
        get;
        set
        {
            lock (_lock)
            {
                (field, _noise) = (value, null);
            }
        }
    }

    /// <summary>Gets or sets the <c>Retry-After</c> of 429 and 503, rounded up to seconds.</summary>
    /// <value>The default is <see langword="null"/>: no such header.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan? RetryAfter
    {
        get;
        set => field = value is { } given ? Accept.NotNegative(given) : null;
    }

    /// <summary>Gets or sets the lifetime of tokens issued from now on; if negative, they are already expired when issued.</summary>
    /// <value>The default is 24 hours.</value>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Gets or sets how long a new federated credential takes to take effect; scaled by <see cref="PodIdentitySimulatorOptions.TimeScale"/>.</summary>
    /// <value>The default is zero. With the real Entra, it is seconds to a few minutes.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan PropagationDelay
    {
        get;
        set => field = Accept.NotNegative(value);
    }

    /// <summary>
    /// Creates a handler for a credential in this process: every connection leads to this simulator, whatever its address, and the simulator's
    /// CA is trusted. The credential's <c>AuthorityHost</c> can then be the default.
    /// </summary>
    /// <returns>A handler for the credential's <c>Transport</c>.</returns>
    public HttpMessageHandler CreateHandler() => CreateSocketsHandler();

    internal SocketsHttpHandler CreateSocketsHandler()
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, TrustMode = X509ChainTrustMode.CustomRootTrust };
        policy.CustomTrustStore.Add(CertificateAuthority);
        return new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = { CertificateChainPolicy = policy },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(_endPoint, cancellationToken).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
    }

    /// <summary>Creates an identity without federated credentials, unless it exists.</summary>
    /// <param name="identity">The identity. A tenant exists as long as it has at least one identity.</param>
    /// <exception cref="ArgumentNullException"><paramref name="identity"/> is <see langword="null"/>.</exception>
    public void AddIdentity(SimulatedIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        lock (_lock)
        {
            _identities.TryAdd(identity, []);
        }
    }

    /// <summary>Deletes an identity with its federated credentials.</summary>
    /// <param name="identity">The identity.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="identity"/> is <see langword="null"/>.</exception>
    public bool RemoveIdentity(SimulatedIdentity identity)
    {
        lock (_lock)
        {
            return _identities.Remove(identity);
        }
    }

    /// <summary>Gives an identity a federated credential. It takes effect after <see cref="PropagationDelay"/>.</summary>
    /// <param name="identity">The identity, which is created if it does not exist.</param>
    /// <param name="credential">The credential: <see cref="SimulatedWorkload.FederatedCredential"/> is the one that fits a pod.</param>
    /// <exception cref="ArgumentNullException"><paramref name="identity"/> or <paramref name="credential"/> is <see langword="null"/>.</exception>
    public void AddFederatedCredential(SimulatedIdentity identity, SimulatedFederatedCredential credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        AddIdentity(identity);
        lock (_lock)
        {
            _identities[identity].Add((credential, _clock.Time.GetTimestamp()));
        }
    }

    /// <summary>Deletes a federated credential, at once.</summary>
    /// <param name="identity">The identity.</param>
    /// <param name="credential">The credential.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="identity"/> is <see langword="null"/>.</exception>
    public bool RemoveFederatedCredential(SimulatedIdentity identity, SimulatedFederatedCredential credential)
    {
        lock (_lock)
        {
            return _identities.TryGetValue(identity, out var credentials) && credentials.RemoveAll(c => c.Credential == credential) > 0;
        }
    }

    /// <summary>
    /// Gives Entra the keys of a cluster, which the real Entra fetches from the issuer. Those of the simulator's own cluster are known. Without
    /// the keys, a token is refused with <c>AADSTS90061</c>.
    /// </summary>
    /// <param name="issuer">The issuer, as in the <c>iss</c> of the cluster's tokens.</param>
    /// <param name="keys">The keys as JSON (JWKS), as at an API server's <c>/openid/v1/jwks</c>: RSA or P-256. The real Entra may not accept P-256.</param>
    /// <exception cref="ArgumentException"><paramref name="keys"/> holds no such key, or <paramref name="issuer"/> is empty.</exception>
    public void TrustIssuer(string issuer, string keys)
    {
        ArgumentException.ThrowIfNullOrEmpty(issuer);
        var read = IssuerKeys.Read(keys) ?? throw new ArgumentException("This is not a JSON Web Key Set (JWKS) with an RSA or a P-256 key.", nameof(keys));
        lock (_lock)
        {
            _issuers[issuer] = read;
        }
    }

    internal X509Certificate2 Certificate => _server.CertificateFor(_names);

    internal bool IsItsName(string host) => _names.Contains(host, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an address leads here: its own, or that where MSAL asks which hosts belong to it.</summary>
    internal bool IsAt(Uri address) => address.Scheme.Equals(Uri.UriSchemeHttps, StringComparison.Ordinal) && address.Port == Address.Port && IsItsName(address.Host);

    internal bool HasTenant(string tenant)
    {
        lock (_lock)
        {
            return _identities.Keys.Any(i => Same(i.TenantId, tenant));
        }
    }

    internal IReadOnlyList<SimulatedIdentity> Identities
    {
        get
        {
            lock (_lock)
            {
                return [.. _identities.Keys];
            }
        }
    }

    internal SimulatedIdentity? Find(string tenant, string clientId)
    {
        lock (_lock)
        {
            return _identities.Keys.FirstOrDefault(i => Same(i.TenantId, tenant) && Same(i.ClientId, clientId));
        }
    }

    /// <summary>The federated credentials that have arrived.</summary>
    internal IReadOnlyList<SimulatedFederatedCredential> CredentialsOf(SimulatedIdentity identity)
    {
        lock (_lock)
        {
            return _identities.TryGetValue(identity, out var credentials)
                ? [.. credentials.Where(c => _clock.HasPassed(PropagationDelay, c.AddedAt)).Select(c => c.Credential)]
                : [];
        }
    }

    internal IssuerKeys? KeysOf(string issuer)
    {
        lock (_lock)
        {
            return _issuers.GetValueOrDefault(issuer);
        }
    }

    internal bool NextIsNoise()
    {
        lock (_lock)
        {
            return (_noise ??= new Random(NoiseSeed)).NextDouble() < Noise;
        }
    }

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
