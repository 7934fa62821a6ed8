using Azure.Core;
using Azure.Core.Pipeline;

namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>
/// Leads what is for Microsoft Entra ID to the simulated one, whose CA is trusted there and nowhere else, and everything else where it went
/// before. So the machine's store stays as it is, and whoever was not trusted still is not.
/// </summary>
/// <param name="entra">The simulated Microsoft Entra ID.</param>
/// <param name="others">What sends the rest.</param>
internal sealed class EntraRoute(SimulatedEntra entra, HttpMessageHandler others) : DelegatingHandler(others)
{
    private readonly HttpMessageInvoker _toEntra = new(CreateHandler(entra));

    /// <summary>The same for the credentials and clients of the Azure SDK whose options name no transport.</summary>
    public static HttpPipelineTransport For(SimulatedEntra entra, HttpPipelineTransport others) =>
        new Transport(entra, new HttpClientTransport(CreateHandler(entra)), others);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        entra.IsAt(request.RequestUri!) ? _toEntra.SendAsync(request, cancellationToken) : base.SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        _toEntra.Dispose();
        base.Dispose(disposing);
    }

    private static SocketsHttpHandler CreateHandler(SimulatedEntra entra)
    {
        var handler = entra.CreateSocketsHandler();
        handler.PooledConnectionLifetime = TimeSpan.Zero; // a kept connection would not see that new ones are refused
        return handler;
    }

    private sealed class Transport(SimulatedEntra entra, HttpClientTransport toEntra, HttpPipelineTransport others) : HttpPipelineTransport
    {
        public override Request CreateRequest() => others.CreateRequest();

        public override void Process(HttpMessage message) => Of(message).Process(message);

        public override ValueTask ProcessAsync(HttpMessage message) => Of(message).ProcessAsync(message);

        private HttpPipelineTransport Of(HttpMessage message) => entra.IsAt(message.Request.Uri.ToUri()) ? toEntra : others;
    }
}
