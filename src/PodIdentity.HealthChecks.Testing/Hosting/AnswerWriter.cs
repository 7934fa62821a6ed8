using Microsoft.AspNetCore.Http;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Hosting;

/// <summary>Sends an answer over a connection, faithfully or as badly as its delivery demands.</summary>
internal static class AnswerWriter
{
    private static readonly TimeSpan DripInterval = TimeSpan.FromSeconds(1);

    public static async Task WriteAsync(HttpContext context, Answer answer, SimulatorClock clock, CancellationToken cancellationToken)
    {
        switch (answer.Delivery)
        {
            case Delivery.Refused:
                context.Abort();
                return;
            case Delivery.Silent or Delivery.Dropped:
                await clock.Forever(cancellationToken).ConfigureAwait(false);
                return;
        }

        var response = context.Response;
        response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            response.Headers[name] = value;
        }

        if (answer.Delivery == Delivery.Dripping)
        {
            await DripAsync(response, answer.Body, clock, cancellationToken).ConfigureAwait(false);
            return;
        }

        response.ContentLength = answer.Body.Length;
        if (answer.Delivery == Delivery.Truncated)
        {
            await response.Body.WriteAsync(answer.Body[..(answer.Body.Length / 2)], cancellationToken).ConfigureAwait(false);
            await response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
            context.Abort();
            return;
        }

        await response.Body.WriteAsync(answer.Body, cancellationToken).ConfigureAwait(false);
    }

    private static async Task DripAsync(HttpResponse response, ReadOnlyMemory<byte> body, SimulatorClock clock, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i = (i + 1) % body.Length)
        {
            await response.Body.WriteAsync(body.Slice(i, 1), cancellationToken).ConfigureAwait(false);
            await response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
            await clock.Delay(DripInterval, cancellationToken).ConfigureAwait(false);
        }
    }
}
