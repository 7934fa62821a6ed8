using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Probe.Examining;

/// <summary>Connects step by step, where a request would say only that it failed: name, connection, TLS.</summary>
/// <param name="timeout">How long each step may take.</param>
/// <param name="time">The clock.</param>
internal sealed class Connection(TimeSpan timeout, TimeProvider time) : IDisposable
{
    private IPAddress[] _addresses = [];
    private Socket? _socket;
    private SslStream? _tls;

    /// <summary>What was seen by the last step.</summary>
    public string Seen { get; private set; } = string.Empty;

    /// <summary>Whether the name has addresses.</summary>
    public bool IsResolved => _addresses.Length > 0;

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; private set; }

    public Task<TransportFailure> ResolveAsync(string host, CancellationToken stopping) => TryAsync(HttpRequestError.NameResolutionError, async deadline =>
    {
        // The resolver refuses 0.0.0.0.
        _addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, deadline).ConfigureAwait(false);
        Seen = string.Join(", ", _addresses.Select(a => a.ToString()));
    }, stopping);

    /// <summary>To what was resolved before.</summary>
    public Task<TransportFailure> ConnectAsync(int port, CancellationToken stopping) => TryAsync(HttpRequestError.ConnectionError, async deadline =>
    {
        _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _socket.ConnectAsync(_addresses, port, deadline).ConfigureAwait(false);
        Seen = $"{Shown((IPEndPoint)_socket.RemoteEndPoint!)} accepted the connection";
    }, stopping);

    /// <param name="name">The name that must be in the certificate.</param>
    /// <param name="trust">Whom to trust.</param>
    /// <param name="stopping">Ends it.</param>
    public Task<TransportFailure> AuthenticateAsync(string name, SslClientAuthenticationOptions trust, CancellationToken stopping) =>
        TryAsync(HttpRequestError.SecureConnectionError, async deadline =>
        {
            _tls = new SslStream(new NetworkStream(_socket!));
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = name,
                CertificateChainPolicy = trust.CertificateChainPolicy,
                RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
                {
                    Seen = $"the certificate was issued by {SafeText.Identifier(certificate?.Issuer ?? "nobody")}";
                    return trust.RemoteCertificateValidationCallback?.Invoke(sender, certificate, chain, errors) ?? errors is SslPolicyErrors.None;
                },
            };
            await _tls.AuthenticateAsClientAsync(options, deadline).ConfigureAwait(false);
        }, stopping);

    public void Dispose()
    {
        _tls?.Dispose();
        _socket?.Dispose();
    }

    /// <summary>The socket knows both kinds of address, and shows the older one as one of the newer.</summary>
    private static IPEndPoint Shown(IPEndPoint end) => end.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(end.Address.MapToIPv4(), end.Port) : end;

    /// <summary>What a failure means is decided where it is for requests.</summary>
    private async Task<TransportFailure> TryAsync(HttpRequestError step, Func<CancellationToken, Task> take, CancellationToken stopping)
    {
        Seen = string.Empty;
        var start = time.GetTimestamp();
        using var timer = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        try
        {
            await take(deadline.Token).ConfigureAwait(false);
            return TransportFailure.None;
        }
        catch (Exception exception) when (exception is SocketException or AuthenticationException or IOException or OperationCanceledException)
        {
            stopping.ThrowIfCancellationRequested();
            return TransportFailures.From(exception is SocketException or AuthenticationException ? new HttpRequestException(step, inner: exception) : exception);
        }
        finally
        {
            Elapsed = time.GetElapsedTime(start);
        }
    }
}
