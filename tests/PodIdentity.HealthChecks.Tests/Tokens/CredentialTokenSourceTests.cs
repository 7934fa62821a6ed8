using System.Diagnostics.Tracing;
using Azure.Core.Pipeline;
using Azure.Identity;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Tokens;

/// <summary>The check's own credential, and the request that the check sends where MSAL lets none of the credential's out.</summary>
public sealed class CredentialTokenSourceTests : IDisposable
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
        await network.Reached;
        _clock.Advance(Timeout - TimeSpan.FromSeconds(1));

        // It still holds its thread.
        var asked = await asking.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(TransportFailure.TimedOut, asked.Exchange.Failure);
        Assert.NotNull(asked.InFlight);
    }

    [Theory]
    [InlineData(0.8, true)]
    [InlineData(0.5, false)]
    public async Task A_supplied_credential_that_waited_long_for_its_turn_says_so(double seconds, bool hasQueued)
    {
        var queue = TimeSpan.FromSeconds(seconds);
        using var network = new Network(() => { });
        var turn = new CredentialTurn();
        Assert.True(turn.TryTake());
        var asking = Supplied(network, turn).AskAsync(Timeout, TestContext.Current.CancellationToken);

        _clock.Advance(queue);
        turn.GiveBack();
        await network.Reached;
        _clock.Advance(Timeout - queue);

        var asked = await asking;
        Assert.Equal((TransportFailure.TimedOut, hasQueued, 1), (asked.Exchange.Failure, asked.HasQueued, network.Sent));
        await turn.TakeAsync(TestContext.Current.CancellationToken);
    }

    private CredentialTokenSource Supplied(Network network, CredentialTurn turn)
    {
        var client = new TokenClient(network, tokenEndpoint: null, _clock);
        _used.Add(client);
        var credential = new ManagedIdentityCredential(new ManagedIdentityCredentialOptions(ManagedIdentityId.SystemAssigned)
        {
            Transport = new HttpClientTransport(new HttpClient(network)),
            RetryPolicy = new RetryPolicy(maxRetries: 0),
        });
        return new(new PodIdentityHealthCheckOptions(), () => credential, pod: null, client, _ => new Finding(null, ""), _clock, turn);
    }

    private CredentialTokenSource Source(Network network)
    {
        var client = new TokenClient(network, tokenEndpoint: null, _clock);
        _used.AddRange([client, network]);
        return new(new PodIdentityHealthCheckOptions(), supplied: null, pod: null, client, _ => new Finding(null, ""), _clock, new CredentialTurn());
    }

    /// <summary>Never answers. While the first request is on its way into it, something happens on another thread, as far as it gets.</summary>
    private sealed class Network(Action happens) : HttpMessageHandler
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Sent { get; private set; }

        /// <summary>When the first request is on its way.</summary>
        public Task Reached => _reached.Task;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (++Sent > 1)
            {
                throw new HttpRequestException("A second request.");
            }

            _reached.SetResult();
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
