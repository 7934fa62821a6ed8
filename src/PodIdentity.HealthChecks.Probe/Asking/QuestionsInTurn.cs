namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>Several questions, one after the other: after the first that fails, the others would only say what follows from it.</summary>
/// <param name="questions">The questions.</param>
/// <param name="onFailure">Is told that one has failed, and that others were not asked.</param>
internal sealed class QuestionsInTurn(IReadOnlyList<IQuestion> questions, Action onFailure) : IQuestion
{
    public async Task<IReadOnlyList<Answer>> AskAsync(CancellationToken stopping)
    {
        var answers = new List<Answer>();
        foreach (var question in questions)
        {
            answers.AddRange(await question.AskAsync(stopping).ConfigureAwait(false));
            if (answers.Exists(a => a.IsFailing))
            {
                if (question != questions[^1])
                {
                    onFailure();
                }

                break;
            }
        }

        return answers;
    }
}
