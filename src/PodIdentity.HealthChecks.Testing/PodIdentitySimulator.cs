using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Net;
using Microsoft.AspNetCore.Http;
using PodIdentity.HealthChecks.Testing.Binding;
using PodIdentity.HealthChecks.Testing.Entra;
using PodIdentity.HealthChecks.Testing.Hosting;
using PodIdentity.HealthChecks.Testing.Imds;
using PodIdentity.HealthChecks.Testing.Nmi;
using PodIdentity.HealthChecks.Testing.Proxy;
using PodIdentity.HealthChecks.Testing.Tls;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing;

/// <summary>
/// Simulates, in this process and on real sockets, what gives an AKS pod its tokens: Microsoft Entra ID, the workload identity webhook and
/// sidecar, the proxy of identity bindings, NMI and IMDS. You choose the bindings, states and faults.
/// </summary>
/// <remarks>
/// In place of iptables there is one <see cref="MetadataAddress"/>, which leads to NMI while NMI's rules are in place, and to IMDS otherwise. As with
/// the real rules, that is decided when a connection is made. Any number of simulators can run side by side. Everything can be used from
/// several threads, and changed while requests are under way.
/// </remarks>
public sealed class PodIdentitySimulator : IAsyncDisposable
{
    private readonly object _lock = new();
    private readonly ConcurrentDictionary<IPAddress, SimulatedPod> _podsByAddress = new();
    private readonly RequestLog _log = new();
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationToken _ended;
    private readonly SimulatorClock _clock;
    private readonly ImdsService _imdsService;
    private readonly NmiService _nmiService;
    private readonly ProxyService _proxyService;
    private readonly EntraService _entraService;
    private readonly BindingService _bindingService;
    private readonly Doors _doors;
    private SimulatorServer? _server;

    private PodIdentitySimulator(PodIdentitySimulatorOptions options)
    {
        _ended = _ending.Token;
        _clock = new SimulatorClock(options.TimeProvider, options.TimeScale);
        Exchanges = new ExchangeLog(_clock.Time);
        Imds = new SimulatedImds();
        Nmi = new SimulatedNmi(ApplyState);
        Proxy = new SimulatedProxy(ApplyState);
        Pod = new SimulatedPod(Imds, "app", "default", address: null);
        if (options.StartWithIdentity)
        {
            Pod.Bind(new SimulatedIdentity("id-a"));
        }

        _imdsService = new ImdsService(Imds, _clock);
        var upstream = new ImdsUpstream(_imdsService, _log, _clock);
        _nmiService = new NmiService(Nmi, PodAt, new AdalClient(upstream, _clock, () => Nmi.Process), upstream, _clock);
        _proxyService = new ProxyService(Proxy, KnownIdentities, _imdsService, upstream, _clock);

        _doors = new Doors(options, MetadataResponder);
        MetadataAddress = AddressOf(_doors.Metadata);
        TokenEndpoint = new Uri(MetadataAddress, "metadata/identity/oauth2/token");
        NmiProbeAddress = AddressOf(_doors.Probe);
        NmiHealthEndpoint = new Uri(NmiProbeAddress, "healthz");

        var entra = AddressOf(_doors.Entra);
        Entra = new SimulatedEntra(
            new UriBuilder(Uri.UriSchemeHttps, options.EntraHost, entra.Port).Uri,
            new IPEndPoint(IPAddress.Parse(entra.IdnHost), entra.Port),
            new ServerIdentity(options.CertificateAuthority, () => _folder.PathOf("entra-ca.pem")),
            _clock,
            ApplyState);
        Binding = new SimulatedBinding(
            new UriBuilder(AddressOf(_doors.Binding)) { Scheme = Uri.UriSchemeHttps }.Uri, new ServerIdentity(given: null, () => _folder.PathOf("binding-ca.pem")));
        WorkloadIdentity = new SimulatedWorkloadIdentity(Entra, Binding, _folder, _clock);
        _entraService = new EntraService(Entra, _clock);
        _bindingService = new BindingService(Binding, _entraService);
        _doors.Entra.CertificateFor = _ => Entra.Certificate;
        _doors.Binding.CertificateFor = Binding.CertificateFor;
    }

    /// <summary>Gets the address that stands in for <c>http://169.254.169.254/</c>: the proxy sidecar if there is one, or else NMI while its rules are in place, or else IMDS.</summary>
    public Uri MetadataAddress { get; }

    /// <summary>Gets the token endpoint at <see cref="MetadataAddress"/>.</summary>
    public Uri TokenEndpoint { get; }

    /// <summary>Gets the address that stands in for <c>http://HOST_IP:8085/</c>, NMI's probe port.</summary>
    public Uri NmiProbeAddress { get; }

    /// <summary>Gets <c>/healthz</c> at <see cref="NmiProbeAddress"/>.</summary>
    public Uri NmiHealthEndpoint { get; }

    /// <summary>Gets where NMI itself listens; <see langword="null"/> without <see cref="PodIdentitySimulatorOptions.NmiEndPoint"/>.</summary>
    public Uri? NmiAddress => _doors.Nmi is { } door ? AddressOf(door) : null;

    /// <summary>Gets where IMDS itself listens; <see langword="null"/> without <see cref="PodIdentitySimulatorOptions.ImdsEndPoint"/>.</summary>
    public Uri? ImdsAddress => _doors.Imds is { } door ? AddressOf(door) : null;

    /// <summary>Gets NMI's state and flags.</summary>
    public SimulatedNmi Nmi { get; }

    /// <summary>Gets the state of IMDS: the node's identities, faults, limits.</summary>
    public SimulatedImds Imds { get; }

    /// <summary>Gets the state of the proxy sidecar of azure-workload-identity. It is off at first.</summary>
    public SimulatedProxy Proxy { get; }

    /// <summary>Gets the state of Microsoft Entra ID: identities, federated credentials, faults.</summary>
    public SimulatedEntra Entra { get; }

    /// <summary>Gets what gives a pod workload identity: the webhook, the kubelet and the cluster's issuer.</summary>
    public SimulatedWorkloadIdentity WorkloadIdentity { get; }

    /// <summary>Gets the state of the proxy of identity bindings.</summary>
    public SimulatedBinding Binding { get; }

    /// <summary>Gets the pod that every caller counts as, unless <see cref="AddPod"/> named the caller's address.</summary>
    public SimulatedPod Pod { get; }

    /// <summary>Gets or sets whether callers from an address that <see cref="AddPod"/> did not name count as <see cref="Pod"/>.</summary>
    /// <value>The default is <see langword="true"/>. If <see langword="false"/>, they belong to no pod, and NMI says so after 1.2 s.</value>
    public bool UnknownCallersArePod { get; set; } = true;

    /// <summary>Gets a snapshot of the last 100,000 requests, in the order of their arrival.</summary>
    public IReadOnlyList<SimulatedRequest> Requests => _log.Snapshot();

    /// <summary>Gets the last requests from outside, with what became of them.</summary>
    internal ExchangeLog Exchanges { get; }

    internal TimeProvider Time => _clock.Time;

    /// <summary>Starts a simulator with NMI active.</summary>
    /// <param name="configure">Changes the options; may be <see langword="null"/>.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The running simulator. Dispose of it to free its ports.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">A requested port is in use.</exception>
    public static async Task<PodIdentitySimulator> StartAsync(
        Action<PodIdentitySimulatorOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        var options = new PodIdentitySimulatorOptions();
        configure?.Invoke(options);

        var simulator = new PodIdentitySimulator(options);
        try
        {
            simulator._server = await SimulatorServer
                .StartAsync(simulator.HandleAsync, simulator._doors.All, cancellationToken)
                .ConfigureAwait(false);
            simulator.ApplyState();
            return simulator;
        }
        catch
        {
            await simulator.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Adds a pod, or replaces the one at its address.</summary>
    /// <param name="address">The address that the pod's requests come from, for example <c>127.0.0.2</c>.</param>
    /// <param name="name">The pod's name.</param>
    /// <param name="namespace">The pod's namespace.</param>
    /// <returns>The pod, without bindings.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="address"/>, <paramref name="name"/> or <paramref name="namespace"/> is <see langword="null"/>.</exception>
    public SimulatedPod AddPod(IPAddress address, string name, string @namespace = "default")
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(@namespace);
        return _podsByAddress[address] = new SimulatedPod(Imds, name, @namespace, address);
    }

    /// <summary>Forgets the requests received so far.</summary>
    public void ClearRequests() => _log.Clear();

    /// <summary>Completes once the given number of matching requests has arrived, including those in <see cref="Requests"/>.</summary>
    /// <param name="predicate">What a request must satisfy. Keep it fast: other requests wait to be recorded while it runs.</param>
    /// <param name="count">How many; at least 1.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>A task that completes when the requests have arrived, whether or not they have been answered.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="predicate"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public Task WhenRequests(Func<SimulatedRequest, bool> predicate, int count = 1, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return _log.WhenAsync(predicate, count, ct);
    }

    /// <summary>Ends the simulator: aborts open requests and frees its ports.</summary>
    /// <returns>A task that completes when both are done.</returns>
    public async ValueTask DisposeAsync()
    {
        SimulatorServer? server;
        lock (_lock)
        {
            if (_ended.IsCancellationRequested)
            {
                return;
            }

            server = _server;
            _server = null;
        }

        await _ending.CancelAsync().ConfigureAwait(false);
        await Nmi.EndAsync().ConfigureAwait(false);
        if (server is not null)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }

        await _doors.DisposeAsync().ConfigureAwait(false);
        WorkloadIdentity.End();
        _folder.Dispose();
        _ending.Dispose();
    }

    /// <summary>Deletes what it has written, as the end of the process does not.</summary>
    internal void DeleteFiles() => _folder.Dispose();

    /// <summary>Tells who a new connection to <see cref="MetadataAddress"/> leads to, listened for or not.</summary>
    internal SimulatedResponder MetadataResponder() => Proxy.Enabled ? SimulatedResponder.WorkloadIdentityProxy
        : Nmi.State is NmiState.Active or NmiState.Killed ? SimulatedResponder.Nmi // whose rules are in place
        : SimulatedResponder.Imds;

    private static Uri AddressOf(Door door)
    {
        var endPoint = (IPEndPoint)door.EndPoint;
        var reachable = endPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : endPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : endPoint.Address;
        return new Uri($"http://{new IPEndPoint(reachable, endPoint.Port)}/");
    }

    private SimulatedPod? PodAt(IPAddress address) => _podsByAddress.GetValueOrDefault(address) ?? (UnknownCallersArePod ? Pod : null);

    private IEnumerable<SimulatedIdentity> KnownIdentities() =>
        Imds.UserAssigned.Concat(Pod.Bound).Concat(_podsByAddress.Values.SelectMany(p => p.Bound));

    /// <summary>Opens and shuts the doors as NMI's state and the sidecar demand.</summary>
    private void ApplyState()
    {
        lock (_lock)
        {
            if (_server is null)
            {
                return; // not started yet, or ended
            }

            SetDoor(_doors.Metadata, open: Nmi.State != NmiState.Killed || Proxy.Enabled);
            SetDoor(_doors.Probe, open: Nmi.IsRunning);
            SetDoor(_doors.Nmi, open: Nmi.IsRunning);
            SetDoor(_doors.Imds, open: true);
            SetDoor(_doors.Entra, open: Entra.Fault is not EntraFault.Refuse);
            SetDoor(_doors.Binding, open: Entra.Fault is not EntraFault.Refuse);
            if (!Nmi.IsRunning)
            {
                _doors.AbortNmi();
            }
        }

        static void SetDoor(Door? door, bool open)
        {
            if (open)
            {
                door?.Open();
            }
            else
            {
                door?.Shut();
            }
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        var responder = context.Features.Get<AcceptedBy>()!.Responder;
        var request = new NmiRequest(
            context.Request.Method,
            context.Request.Path.Value ?? "",
            context.Request.QueryString.Value ?? "",
            context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            context.Connection.RemoteIpAddress ?? IPAddress.None);
        var name = context.Features.Get<RequestedName>()?.Name;
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ended);
        Exchange? exchange = null;
        try
        {
            var form = name is null ? ReadOnlyDictionary<string, string>.Empty : await ReadFormAsync(context.Request, leaving.Token).ConfigureAwait(false);
            exchange = Record(context, responder, request, name, form);
            var answer = responder switch
            {
                SimulatedResponder.NmiProbe => _nmiService.AnswerProbe(request.Path),
                SimulatedResponder.Nmi => await _nmiService.AnswerAsync(request, leaving.Token).ConfigureAwait(false),
                SimulatedResponder.WorkloadIdentityProxy => await _proxyService.AnswerAsync(request, leaving.Token).ConfigureAwait(false),
                SimulatedResponder.Entra => _entraService.Answer(request.Method, request.Path, Query.Parse(request.Query), form),
                SimulatedResponder.IdentityBindingProxy => _bindingService.Answer(name ?? "", request.Method, request.Path, form),
                _ => await _imdsService
                    .AnswerAsync(request.Path, Query.Parse(request.Query), request.Headers.GetValueOrDefault("Metadata"), leaving.Token)
                    .ConfigureAwait(false),
            };
            if (answer.Status > 0)
            {
                exchange.Answer(answer.Status);
            }

            await AnswerWriter.WriteAsync(context, answer, _clock, leaving.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidDataException)
        {
            context.Abort(); // the caller has left, or its responder has ended
        }
        finally
        {
            exchange?.End();
        }
    }

    private static async Task<ReadOnlyDictionary<string, string>> ReadFormAsync(HttpRequest request, CancellationToken cancellationToken) => request.HasFormContentType
        ? new((await request.ReadFormAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal))
        : ReadOnlyDictionary<string, string>.Empty;

    private Exchange Record(HttpContext context, SimulatedResponder responder, NmiRequest request, string? serverName, IReadOnlyDictionary<string, string> form)
    {
        var recorded = new SimulatedRequest
        {
            Responder = responder,
            Method = request.Method,
            Path = request.Path,
            Query = request.Query,
            Headers = request.Headers,
            Form = form,
            ServerName = serverName,
            RemoteAddress = request.RemoteAddress,
            ConnectionId = context.Connection.Id,
            At = _clock.UtcNow,
            Forwarded = false,
        };
        var exchange = Exchanges.Begin(recorded);
        exchange.Begin();
        _log.Add(recorded);
        return exchange;
    }
}
