using PodIdentity.HealthChecks.Testing.Validation;

namespace PodIdentity.HealthChecks.Testing;

/// <summary>The state of the node's simulated Azure Instance Metadata Service.</summary>
public sealed class SimulatedImds
{
    private readonly object _lock = new();
    private readonly List<SimulatedIdentity> _userAssigned = [];

    internal SimulatedImds()
    {
    }

    /// <summary>Gets or sets the node's system-assigned identity.</summary>
    /// <value>The default is <see langword="null"/>: none. If it is set, a request that names no identity gets a token for this one.</value>
    public SimulatedIdentity? SystemAssigned { get; set; }

    /// <summary>Gets a snapshot of the user-assigned identities on the node.</summary>
    public IReadOnlyList<SimulatedIdentity> UserAssigned
    {
        get
        {
            lock (_lock)
            {
                return [.. _userAssigned];
            }
        }
    }

    /// <summary>Gets or sets what is wrong with IMDS.</summary>
    /// <value>The default is <see cref="ImdsFault.None"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a member of the enumeration.</exception>
    public ImdsFault Fault
    {
        get;
        set => field = Accept.Defined(value);
    }

    /// <summary>Gets or sets the <c>error_description</c> of the faults that answer with an error.</summary>
    /// <value>The default is <see langword="null"/>: the fault's own text.</value>
    public string? ErrorDescription { get; set; }

    /// <summary>Gets or sets how long IMDS takes for a token request; scaled by <see cref="PodIdentitySimulatorOptions.TimeScale"/>.</summary>
    /// <value>The default is zero.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan Latency
    {
        get;
        set => field = Accept.NotNegative(value);
    }

    /// <summary>Gets or sets whether IMDS enforces its published limits, with 429.</summary>
    /// <value>The default is <see langword="false"/>. If <see langword="true"/>, requests other than token requests are limited to 5 per second.</value>
    public bool Throttling { get; set; }

    /// <summary>Gets or sets how many token requests a second are admitted, for the whole node.</summary>
    /// <value>The default is 20, the published limit.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int RequestsPerSecond
    {
        get;
        set => field = Accept.NotNegative(value);
    } = 20;

    /// <summary>Gets or sets how many token requests are admitted at once, for the whole node.</summary>
    /// <value>The default is 5, the published limit.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int ConcurrentRequests
    {
        get;
        set => field = Accept.NotNegative(value);
    } = 5;

    /// <summary>Gets or sets the lifetime of tokens issued from now on; if negative, they are already expired when issued.</summary>
    /// <value>The default is 24 hours.</value>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Gets or sets the <c>Retry-After</c> of 429 and 5xx, rounded up to seconds.</summary>
    /// <value>The default is <see langword="null"/>: no such header. NMI never passes it on.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan? RetryAfter
    {
        get;
        set => field = value is { } given ? Accept.NotNegative(given) : null;
    }

    /// <summary>Gets or sets what <see cref="ImdsFault.Garbage"/> sends.</summary>
    /// <value>The default is 0: the text <c>this is not json</c>. Any other number: a <c>&lt;</c>, then up to 2 KiB of bytes derived from it.</value>
    public int GarbageSeed { get; set; }

    /// <summary>Gets or sets what creates the text of a token, for tests of hostile tokens.</summary>
    /// <value>The default is <see langword="null"/>: a JWT with the identity's claims.</value>
    public Func<SimulatedIdentity, string>? TokenFactory { get; set; }

    /// <summary>Gets or sets the target of <see cref="ImdsFault.Redirect"/>.</summary>
    /// <value>The default is <see langword="null"/>: a redirect without a <c>Location</c>.</value>
    /// <exception cref="ArgumentException">The value is not an absolute http or https address.</exception>
    public Uri? RedirectTo
    {
        get;
        set => field = value is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }
            ? value
            : throw new ArgumentException($"'{value}' is not an absolute http or https address.", nameof(value));
    }

    /// <summary>Puts an identity on the node, unless it is there already.</summary>
    /// <param name="identity">The identity.</param>
    /// <exception cref="ArgumentNullException"><paramref name="identity"/> is <see langword="null"/>.</exception>
    public void AddUserAssigned(SimulatedIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        lock (_lock)
        {
            if (!_userAssigned.Contains(identity))
            {
                _userAssigned.Add(identity);
            }
        }
    }

    /// <summary>Takes an identity off the node: IMDS then says <c>Identity not found</c>, to NMI too.</summary>
    /// <param name="identity">The identity.</param>
    /// <returns>Whether it was there.</returns>
    public bool RemoveUserAssigned(SimulatedIdentity identity)
    {
        lock (_lock)
        {
            return _userAssigned.Remove(identity);
        }
    }

    /// <summary>Takes every identity off the node, including the system-assigned one.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _userAssigned.Clear();
        }

        SystemAssigned = null;
    }
}
