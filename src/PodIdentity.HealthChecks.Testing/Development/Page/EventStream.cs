using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>Server-sent events: the node once, then each sample. Whoever is slow skips samples and gets what they held with the next one.</summary>
internal sealed class EventStream(Recorder recorder, Func<NodeMessage> describe, Func<DateTimeOffset, SampleMessage> read)
{
    public async Task WriteAsync(HttpContext context, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        using var watching = recorder.Watch();
        try
        {
            await SendAsync(context.Response, "node", describe(), PageJson.Default.NodeMessage, ending.Token).ConfigureAwait(false);
            var sent = DateTimeOffset.MinValue;
            while (true)
            {
                await recorder.NextAsync(ending.Token).ConfigureAwait(false);
                var sample = read(sent);
                await SendAsync(context.Response, "sample", sample, PageJson.Default.SampleMessage, ending.Token).ConfigureAwait(false);
                sent = sample.At;
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // the page was closed, or the application stops
        }
    }

    private static async Task SendAsync<T>(HttpResponse response, string name, T message, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        // JSON on one line: no line of it can be taken for another field of the event.
        await response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(message, type)}\n\n", cancellationToken).ConfigureAwait(false);
        await response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
