using System.Diagnostics.Tracing;
using System.Net;
using Azure.Core.Pipeline;
using Azure.Identity;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Tokens;

/// <summary>The check's own credential, and the request that the check sends where MSAL lets none of the credential's out.</summary>
public sealed class CredentialSourceTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly ManualTimeProvider _clock = new();
    private readonly List<IDisposable> _used = [];

    public void Dispose() => _used.ForEach(u => u.Dispose());

    [Fact]
    public async Task A_deadline_that_comes_while_the_request_is_being_sent_takes_it_for_sent()
    {
        var network = new Network(() => _clock.Advance(Timeout));
        using var leaving = new CancellationTokenSource();

        // MSAL lets the second request out when the first one has ended, on another thread than its caller's.
        var first = Source(new Network(() => { })).AskAsync(Timeout, leaving.Token);
        var second = Source(network).AskAsync(Timeout, TestContext.Current.CancellationToken);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        var asked = await second;
        Assert.Equal((TransportFailure.TimedOut, 1), (asked.Exchange.Failure, network.Sent));
        Assert.NotNull(asked.InFlight);
    }

    [Fact]
    public async Task A_credential_that_starts_slowly_costs_no_more_than_the_deadline()
    {
        using var network = new Network(() => { });
        using var start = new SlowStart();
        var asking = Task.Run(() => Source(network).AskAsync(Timeout, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await start.Reached;

        _clock.Advance(TimeSpan.FromSeconds(1));
        await network.WhenReached();
        _clock.Advance(Timeout - TimeSpan.FromSeconds(1));

        // It still holds its thread.
        var asked = await asking.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(TransportFailure.TimedOut, asked.Exchange.Failure);
        Assert.NotNull(asked.InFlight);
    }

    [Fact]
    public async Task The_silence_of_a_supplied_credential_may_always_be_of_a_request_that_was_not_sent()
    {
        using var network = new Network(() => { }, max: 9);
        var source = Supplied(network, new() { ClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff" });

        Assert.True((await AskInVainAsync(source, network)).Exchange.MayBeUnsent);
        await AskAsync(source, network, isRefused: true);
        Assert.True((await AskInVainAsync(source, network)).Exchange.MayBeUnsent);
    }

    [Fact]
    public async Task A_credential_that_takes_long_to_make_has_sent_nothing_so_nothing_is_silent()
    {
        using var network = new Network(() => { });
        using var made = new ManualResetEventSlim();
        var source = Supplied(network, new() { ClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff" }, made.Wait);
        var asking = source.AskAsync(Timeout, TestContext.Current.CancellationToken);

        _clock.Advance(Timeout);
        var asked = await asking;

        made.Set();
        Assert.Equal((TransportFailure.NotSent, 0), (asked.Exchange.Failure, network.Sent));
        Assert.Null(asked.InFlight);
    }

    private Task<Asked> AskInVainAsync(SuppliedCredentialSource source, Network network) => AskAsync(source, network, isRefused: false);

    private async Task<Asked> AskAsync(SuppliedCredentialSource source, Network network, bool isRefused)
    {
        network.Refuses = isRefused;
        var asking = source.AskAsync(Timeout, TestContext.Current.CancellationToken);
        while (asking.IsCompleted && (await asking).Exchange.Failure is TransportFailure.StillRunning)
        {
            await Task.Yield();
            asking = source.AskAsync(Timeout, TestContext.Current.CancellationToken);
        }

        await network.WhenReached();
        if (!isRefused)
        {
            _clock.Advance(Timeout);
        }

        return await asking;
    }

    private SuppliedCredentialSource Supplied(Network network, PodIdentityHealthCheckOptions options, Action? make = null)
    {
        var client = new TokenClient(network, tokenEndpoint: null, _clock);
        _used.Add(client);
        var credential = new ManagedIdentityCredential(new ManagedIdentityCredentialOptions(ManagedIdentityId.SystemAssigned)
        {
            Transport = new HttpClientTransport(new HttpClient(network)),
            RetryPolicy = new RetryPolicy(maxRetries: 0),
        });
        return new SuppliedCredentialSource(options, () =>
        {
            make?.Invoke();
            return credential;
        }, client, goesToEntra: false, _clock);
    }

    private OwnCredentialSource Source(Network network)
    {
        var client = new TokenClient(network, tokenEndpoint: null, _clock);
        _used.AddRange([client, network]);
        return new(new PodIdentityHealthCheckOptions(), pod: null, client, _ => new Finding(null, ""), _clock, new CredentialTurn());
    }

    /// <summary>Refuses, or never answers. While the first request is on its way into it, something happens on another thread, as far as it gets.</summary>
    private sealed class Network(Action happens, int max = 1) : HttpMessageHandler
    {
#pragma warning disable CA2213 // Nobody uses its wait handle, so there is nothing to dispose.
        private readonly SemaphoreSlim _reached = new(initialCount: 0);
#pragma warning restore CA2213

        public int Sent { get; private set; }

        public bool Refuses { get; set; }

        /// <summary>Waits for the next request.</summary>
        public Task WhenReached() => _reached.WaitAsync(TestContext.Current.CancellationToken);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (++Sent > max)
            {
                throw new HttpRequestException("One request too many.");
            }

            _reached.Release();
            if (Refuses)
            {
                return Task.FromResult(new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent("{}") });
            }

            var other = new Thread(() => happens());
            other.Start();
            for (var blocked = 0; blocked < 1000 && other.IsAlive; blocked = other.ThreadState.HasFlag(ThreadState.WaitSleepJoin) ? blocked + 1 : 0)
            {
                Thread.Yield();
            }

            return new TaskCompletionSource<HttpResponseMessage>().Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Holds the thread of a credential that this test asks for a token, as a pod with little CPU does.</summary>
    private sealed class SlowStart : EventListener
    {
        private static readonly AsyncLocal<bool> IsOfTest = new();

        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _end = new();

        public SlowStart() => IsOfTest.Value = true;

        public Task Reached => _reached.Task;

        public override void Dispose()
        {
            _end.Set();
            base.Dispose();
            _end.Dispose();
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name is "Azure-Identity")
            {
                EnableEvents(eventSource, EventLevel.Verbose);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (IsOfTest.Value && _reached.TrySetResult())
            {
                _end.Wait();
            }
        }
    }
}
